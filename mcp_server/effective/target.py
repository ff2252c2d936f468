"""What this machine's Claude Code would really do: endpoint, provider mode, credentials, models, proxy, trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.custom_headers import CustomHeaders, parse_custom_headers
from mcp_server.effective.dialect import dialect_of
from mcp_server.effective.models import ResolvedModel, tier_models
from mcp_server.effective.proxy import ProxyDecision, proxy_decision
from mcp_server.snapshot import Scope, Setting, Snapshot

HELPER = "apiKeyHelper"


@dataclass(frozen=True)
class Credential:
    """One credential source that is present. ``value`` is a secret (for a helper: empty; it must be run)."""

    name: str
    scope: Scope
    source: str
    headers: tuple[str, ...]
    """Header names this source fills; empty when a stronger source hides it."""
    value: str = field(default="", repr=False)
    command: str | None = field(default=None, repr=False)
    """Shell command of ``apiKeyHelper``; its output is the value."""


@dataclass(frozen=True)
class CaFile:
    """One CA setting. ``effective`` is False when this client does not use it; ``note`` says why."""

    path: str
    variable: str
    scope: Scope
    source: str
    effective: bool = True
    note: str = ""


@dataclass(frozen=True)
class ClientTarget:
    """Everything that decides how the next request of Claude Code leaves this machine."""

    base_url: Setting
    provider: str
    """``anthropic``, ``bedrock``, ``vertex``, ``foundry``, ``anthropic_aws`` or ``mantle``."""
    provider_switch: Setting | None
    skip_auth: bool
    credentials: tuple[Credential, ...]
    custom_headers: CustomHeaders
    models: Mapping[str, ResolvedModel]
    proxy: ProxyDecision
    ca_files: tuple[CaFile, ...]
    stores: tuple[str, ...]
    """Trust stores of the client: ``bundled``, ``system`` or both (``CLAUDE_CODE_CERT_STORE``)."""
    client_certificate: Setting | None
    client_key: Setting | None
    client_key_passphrase: bool
    version: str
    """Release whose rules were applied."""
    version_note: str
    """Not empty when those rules were not measured on exactly the installed release."""

    @property
    def header_names(self) -> dict[str, str]:
        """Credential header → the source whose value it carries (table measured on both client releases).

        Beside a token the client does not wait for ``apiKeyHelper``: its ``x-api-key`` may miss the first request.
        """
        return {header: c.name for c in self.credentials for header in c.headers}

    def auth_headers(self, helper_value: str | None = None) -> dict[str, str]:
        """The credential headers with their secret values. A helper's part is left out without its value."""
        found: dict[str, str] = {}
        for credential in self.credentials:
            value = helper_value if credential.name == HELPER else credential.value
            if value is None:
                continue
            for header in credential.headers:
                found[header] = f"Bearer {value.strip()}" if header == "Authorization" else value.strip()
        return found

    def request_headers(self, helper_value: str | None = None) -> dict[str, str]:
        """Credential headers with the user's custom headers laid over them, as the client does.

        A custom ``x-api-key`` wins; a custom ``Authorization`` counts only without another source for it, and
        ``anthropic-beta`` never (all measured).
        """
        headers = self.auth_headers(helper_value)
        bearer = "Authorization" in self.header_names
        for name, value in self.custom_headers.headers:
            if name.lower() == "anthropic-beta" or (bearer and name.lower() == "authorization"):
                continue
            for present in [h for h in headers if h.lower() == name.lower()]:
                del headers[present]
            headers[name] = value
        return headers


def client_target(snapshot: Snapshot, base_url: str | None = None) -> ClientTarget:
    """The effective target; ``base_url`` (given by the caller) replaces the configured one."""
    rules, note = dialect_of(snapshot.client_version)
    mode, switch = _provider(snapshot)
    configured = _base_url(snapshot, mode)
    url = Setting("base_url", base_url, "default", "argument") if base_url else configured
    return ClientTarget(
        base_url=url,
        provider=mode["id"],
        provider_switch=switch,
        skip_auth="skip_auth" in mode and is_on(snapshot.variable(mode["skip_auth"])),
        credentials=tuple(_credentials(snapshot, mode)),
        custom_headers=parse_custom_headers(snapshot.variable("ANTHROPIC_CUSTOM_HEADERS")),
        models=tier_models(snapshot),
        proxy=proxy_decision(snapshot, url.value),
        ca_files=tuple(_ca_files(snapshot)),
        stores=_stores(snapshot),
        client_certificate=filled(snapshot.variable("CLAUDE_CODE_CLIENT_CERT")),
        client_key=filled(snapshot.variable("CLAUDE_CODE_CLIENT_KEY")),
        client_key_passphrase=filled(snapshot.variable("CLAUDE_CODE_CLIENT_KEY_PASSPHRASE")) is not None,
        version=rules.measured,
        version_note=note,
    )


def is_on(setting: Setting | None) -> bool:
    """Is an on/off variable on? ``1``, ``true``, ``yes`` and ``on`` are; anything else is not (measured)."""
    return setting is not None and setting.value.strip().lower() in ("1", "true", "yes", "on")


def filled(setting: Setting | None) -> Setting | None:
    """``setting`` unless it is blank: an empty variable counts as unset."""
    return setting if setting is not None and setting.value.strip() else None


def _provider(snapshot: Snapshot) -> tuple[dict[str, Any], Setting | None]:
    providers: list[dict[str, Any]] = read_yaml("claude_code.yaml")["providers"]
    for mode in providers:
        if "switch" in mode:
            switch = snapshot.variable(mode["switch"])
            if is_on(switch):
                return mode, switch
    return providers[-1], None


def _base_url(snapshot: Snapshot, mode: dict[str, Any]) -> Setting:
    configured = filled(snapshot.variable(mode["base_url"]))
    if configured is not None:
        return Setting(configured.name, configured.value.strip(), configured.scope, configured.source, configured.beats)
    region = mode.get("default_region", "")
    for name in mode.get("region_variables", ()):
        told = filled(snapshot.variable(name))
        # A value with slash, dot or blank is treated as unset by the client.
        if told is not None and not set("/. ") & set(told.value.strip()):
            region = told.value.strip()
            break
    resource = filled(snapshot.variable(mode.get("resource_variable", ""))) if "resource_variable" in mode else None
    form = mode.get("special_regions", {}).get(region, mode["default"])
    value = form.format(region=region, resource=resource.value.strip() if resource else "RESOURCE")
    return Setting(mode["base_url"], value, "default", "built into Claude Code")


def _credentials(snapshot: Snapshot, mode: dict[str, Any]) -> list[Credential]:
    token = filled(snapshot.variable("ANTHROPIC_AUTH_TOKEN"))
    found: list[Credential] = []
    if mode["id"] != "anthropic":
        for name, headers in mode.get("credentials", {}).items():
            setting = filled(snapshot.variable(name))
            if setting is not None:
                found.append(_credential(setting, tuple(headers)))
        if token is not None:
            found.append(_credential(token, tuple(mode.get("token_headers", ("Authorization",)))))
        return found
    key = filled(snapshot.variable("ANTHROPIC_API_KEY"))
    helper = filled(snapshot.key(HELPER))
    login = filled(snapshot.variable("CLAUDE_CODE_OAUTH_TOKEN"))
    if token is not None:
        found.append(_credential(token, ("Authorization",)))
    if key is not None:
        found.append(_credential(key, ("x-api-key",)))
    if helper is not None:
        taken = {header for credential in found for header in credential.headers}
        headers = tuple(h for h in ("Authorization", "x-api-key") if h not in taken)
        found.append(Credential(HELPER, helper.scope, helper.source, headers, command=helper.value))
    if login is not None:
        found.append(_credential(login, () if found else ("Authorization",)))
    return found


def _credential(setting: Setting, headers: tuple[str, ...]) -> Credential:
    return Credential(setting.name, setting.scope, setting.source, headers, setting.value)


def _stores(snapshot: Snapshot) -> tuple[str, ...]:
    setting = snapshot.variable("CLAUDE_CODE_CERT_STORE")
    named = [part.strip().lower() for part in setting.value.split(",")] if setting is not None else []
    return tuple(name for name in ("bundled", "system") if name in named) or ("bundled", "system")


def _ca_files(snapshot: Snapshot) -> list[CaFile]:
    """``NODE_EXTRA_CA_CERTS`` from anywhere; ``SSL_CERT_FILE`` from the shell only (both measured)."""
    found: list[CaFile] = []
    extra = filled(snapshot.variable("NODE_EXTRA_CA_CERTS"))
    if extra is not None:
        found.append(CaFile(extra.value.strip(), extra.name, extra.scope, extra.source))
    system = filled(snapshot.variable("SSL_CERT_FILE"))
    if system is None:
        return found
    # Below Claude Code the "shell" holds the settings' entries too and proves nothing.
    own_shell = snapshot.shell.get("SSL_CERT_FILE", "").strip() if "CLAUDECODE" not in snapshot.shell else ""
    if system.scope != "shell" and own_shell:
        system = Setting(system.name, own_shell, "shell", "shell")
    note = ""
    if _stores(snapshot) == ("bundled",):
        note = "CLAUDE_CODE_CERT_STORE=bundled makes Claude Code ignore SSL_CERT_FILE"
    elif system.scope != "shell":
        note = "SSL_CERT_FILE works only from the shell; in a settings env block Claude Code ignores it"
    found.append(CaFile(system.value.strip(), system.name, system.scope, system.source, not note, note))
    return found
