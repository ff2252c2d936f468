"""What this machine's Claude Code would really do: endpoint, provider mode, credentials, models, proxy, trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.effective.credentials import HELPER, Credential, credentials, skips_auth
from mcp_server.effective.custom_headers import CustomHeaders, parse_custom_headers
from mcp_server.effective.dialect import dialect_of
from mcp_server.effective.mode import SIGN_IN, filled, is_on, provider_mode, region_of, signed_in
from mcp_server.effective.models import ResolvedModel, tier_models
from mcp_server.effective.proxy import ProxyDecision, proxy_decision
from mcp_server.snapshot import Scope, Setting, Snapshot

__all__ = ["HELPER", "CaFile", "ClientTarget", "Credential", "client_target", "filled", "is_on"]


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
    """Id of a provider in ``claude_code.yaml``: ``anthropic``, ``bedrock``, ``vertex``, …"""
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
    client_key_passphrase: str = field(repr=False)
    """A secret; empty when none is set."""
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
            if value is None or credential.computed:
                continue
            # 2.1.197 leaves blanks before a token (measured).
            token = value.rstrip() if self.version == "2.1.197" else value.strip()
            for header in credential.headers:
                found[header] = f"Bearer {token}" if header == "Authorization" else value.strip()
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
    mode, switch = provider_mode(snapshot)
    configured = _base_url(snapshot, mode)
    url = Setting("base_url", base_url, "default", "argument") if base_url else configured
    passphrase = filled(snapshot.variable("CLAUDE_CODE_CLIENT_KEY_PASSPHRASE"))
    return ClientTarget(
        base_url=url,
        provider=mode["id"],
        provider_switch=switch,
        skip_auth=skips_auth(snapshot, mode),
        credentials=tuple(credentials(snapshot, mode, rules.measured)),
        custom_headers=parse_custom_headers(snapshot.variable("ANTHROPIC_CUSTOM_HEADERS")),
        models=tier_models(snapshot),
        proxy=proxy_decision(snapshot, url.value),
        ca_files=tuple(_ca_files(snapshot)),
        stores=_stores(snapshot),
        client_certificate=filled(snapshot.variable("CLAUDE_CODE_CLIENT_CERT")),
        client_key=filled(snapshot.variable("CLAUDE_CODE_CLIENT_KEY")),
        client_key_passphrase=passphrase.value if passphrase is not None else "",
        version=rules.measured,
        version_note=note,
    )


def _base_url(snapshot: Snapshot, mode: dict[str, Any]) -> Setting:
    configured = filled(snapshot.variable(mode["base_url"]))
    login = signed_in(snapshot)
    if login is not None:
        beaten = (configured.source,) if configured is not None else ()
        return Setting(SIGN_IN, login.url, "user", login.source, beaten)
    if configured is not None:
        return Setting(configured.name, configured.value.strip(), configured.scope, configured.source, configured.beats)
    region = region_of(snapshot, mode)

    def told(key: str, otherwise: str) -> str:
        setting = filled(snapshot.variable(mode[key])) if key in mode else None
        return setting.value.strip() if setting else otherwise

    workspace = told("workspace_variable", "")
    form = mode.get("special_regions", {}).get(region, mode["with_workspace"] if workspace else mode["default"])
    value = form.format(
        region=region,
        resource=told("resource_variable", "RESOURCE"),
        project=told("project_variable", "PROJECT"),
        workspace=workspace,
    )
    return Setting(mode["base_url"], value, "default", "built into Claude Code")


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
