"""Facts about this machine that speak for a cause: derived from the snapshot, never from guesses.

Names are shared with the facts that a paste states (``stated:`` in ``causes_evidence.yaml``). What was not visible
produces no fact: "not set" is only said of an environment that this process could see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_server.answer import Finding
from mcp_server.diagnose.credentials import CredentialFacts
from mcp_server.snapshot import OFF_VALUES, Setting, Snapshot

STATED = "your text"
TIER_VARIABLES = (
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
)
PROVIDER_SWITCHES = ("CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_FOUNDRY")
CREDENTIAL_VARIABLES = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN")
_CA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CLAUDE_CODE_CERT_STORE")
_PLACEHOLDER = re.compile(
    r"(?i)<.*>|\.{3}|(?:sk-)?(?:your|my|the|test|dummy|placeholder|change-?me|not-?needed|none|example|fake|xxx+|token"
    r"|api)[-_ ]?(?:api)?[-_ ]?(?:key|token|here|me)?[-_ \d]*|sk-1234(?:567890?)?|12345\d*|sk-x+"
)


@dataclass(frozen=True)
class Fact:
    """One thing known to be true. ``where`` is ``your text``, ``shell`` or a file; ``detail`` holds foreign words."""

    name: str
    where: str
    detail: str = ""

    @property
    def stated(self) -> bool:
        """True when the paste says so, false when this machine was looked at."""
        return self.where == STATED


def switched_on(setting: Setting | None) -> bool:
    """Whether a provider switch of Claude Code counts as on."""
    return setting is not None and setting.value.strip().lower() not in OFF_VALUES


def machine_facts(snapshot: Snapshot, credentials: CredentialFacts | None = None) -> dict[str, Fact]:
    """All facts of this machine by name."""
    found = [
        *_mode_facts(snapshot),
        *_base_url_facts(snapshot),
        *_credential_facts(snapshot),
        *_network_facts(snapshot),
        *_file_facts(snapshot),
    ]
    if credentials is not None:
        found += _from_states(credentials)
    return {fact.name: fact for fact in found}


def _mode_facts(snapshot: Snapshot) -> Iterator[Fact]:
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    for name, fact in zip(PROVIDER_SWITCHES, ("vertex_mode", "bedrock_mode", "foundry_mode"), strict=True):
        switch = snapshot.variable(name)
        if switch is not None and switched_on(switch):
            yield Fact(fact, switch.source, name)
            if base is not None and base.value.strip():
                yield Fact("provider_flag_and_base_url", switch.source, name)


def _base_url_facts(snapshot: Snapshot) -> Iterator[Fact]:
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    if base is None or not base.value.strip():
        return
    url = base.value.strip()
    yield Fact("base_url_set", base.source)
    if re.search(r"/v1(?:/messages)?/?$", url):
        yield Fact("base_url_has_v1", base.source, url)
    if not re.match(r"(?i)https?://", url):
        yield Fact("base_url_no_scheme", base.source, url)
    if re.search(r"//0\.0\.0\.0(?:[:/]|$)", url):
        yield Fact("base_url_zero_host", base.source, url)
    if not snapshot.environment_hidden and not (_any(snapshot, CREDENTIAL_VARIABLES) or snapshot.key("apiKeyHelper")):
        yield Fact("base_url_without_credential", base.source)
    if not snapshot.environment_hidden and not _any(snapshot, TIER_VARIABLES) and not _on_anthropic(url):
        yield Fact("tiers_unmapped", base.source)


def _credential_facts(snapshot: Snapshot) -> Iterator[Fact]:
    token, key = snapshot.variable("ANTHROPIC_AUTH_TOKEN"), snapshot.variable("ANTHROPIC_API_KEY")
    helper = snapshot.key("apiKeyHelper")
    present = [s for s in (token, key, helper) if s is not None and s.value.strip()]
    if len(present) > 1:
        yield Fact("two_credentials", present[0].source, " and ".join(s.name for s in present))
    gateway = snapshot.variable("ANTHROPIC_BASE_URL")
    on_cloud = any(switched_on(snapshot.variable(n)) for n in PROVIDER_SWITCHES)
    if not (present or on_cloud or snapshot.environment_hidden or _any(snapshot, CREDENTIAL_VARIABLES)):
        yield Fact("no_credential", "shell and settings files")
    for setting in (token, key):
        if setting is None or not setting.value.strip():
            continue
        value = setting.value.strip()
        if value.lower().startswith("bearer "):
            yield Fact("token_has_bearer_prefix", setting.source, setting.name)
        if re.search(r"\s", value.removeprefix("Bearer ").removeprefix("bearer ")):
            yield Fact("token_has_line_break", setting.source, setting.name)
        if _PLACEHOLDER.fullmatch(value):
            yield Fact("token_placeholder", setting.source, setting.name)
        if gateway is not None and not _on_anthropic(gateway.value):
            if not value.startswith("sk-"):
                yield Fact("token_not_sk", setting.source, setting.name)
            if value.startswith("sk-ant-oat"):
                yield Fact("oauth_token_in_gateway_variable", setting.source, setting.name)
    headers = snapshot.variable("ANTHROPIC_CUSTOM_HEADERS")
    if headers is not None and _headers_malformed(headers.value):
        yield Fact("custom_headers_malformed", headers.source)


def _network_facts(snapshot: Snapshot) -> Iterator[Fact]:
    proxy = _first(snapshot, ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"))
    exempt = _first(snapshot, ("no_proxy", "NO_PROXY"))
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    if proxy is not None:
        yield Fact("proxy_set", proxy.source, proxy.name)
        if proxy.value.lower().startswith("socks"):
            yield Fact("proxy_socks", proxy.source, proxy.name)
        if base is not None and exempt is None:
            yield Fact("proxy_without_no_proxy", proxy.source, proxy.name)
    if proxy is not None and exempt is not None and re.search(r"\*\.|/\d{1,2}\b|\d\.\*|[^,\s]\s+[^,\s]", exempt.value):
        yield Fact("no_proxy_bad_form", exempt.source, exempt.value)
    for name in _CA_VARIABLES:
        setting = snapshot.variable(name)
        if setting is not None and setting.value.strip():
            yield Fact("ca_set", setting.source, name)
            if name == "SSL_CERT_FILE" and setting.scope != "shell":
                yield Fact("ssl_cert_file_in_settings", setting.source, name)


def _file_facts(snapshot: Snapshot) -> Iterator[Fact]:
    for file in snapshot.settings_files:
        if file.error is not None:
            yield Fact("settings_file_broken", file.path, file.error)
    for name in ("ANTHROPIC_BASE_URL", *CREDENTIAL_VARIABLES, "ANTHROPIC_MODEL"):
        setting = snapshot.variable(name)
        if (
            setting is not None
            and setting.scope != "shell"
            and snapshot.shell.get(name, setting.value) != setting.value
        ):
            yield Fact("settings_beats_shell", setting.source, name)


def _from_states(credentials: CredentialFacts) -> Iterator[Fact]:
    for state in credentials.states:
        if state.cause == "gcp_adc_missing":
            yield Fact("google_adc_missing", state.source, state.detail)
        if state.cause == "gcp_credential_file_invalid":
            yield Fact("google_file_invalid", state.source, state.detail)
        if state.provider == "aws" and state.kind == "process":
            yield Fact("aws_process", state.source, state.detail)
        if state.cause == "aws_credentials_missing":
            yield Fact("aws_credentials_absent", state.source, state.detail)


def _any(snapshot: Snapshot, names: tuple[str, ...]) -> bool:
    return any((s := snapshot.variable(n)) is not None and s.value.strip() for n in names)


def _first(snapshot: Snapshot, names: tuple[str, ...]) -> Setting | None:
    return next((s for n in names if (s := snapshot.variable(n)) is not None and s.value.strip()), None)


def _on_anthropic(url: str) -> bool:
    return re.match(r"(?i)https://(?:[\w-]+\.)*anthropic\.com(?:[:/]|$)", url.strip()) is not None


def _headers_malformed(value: str) -> bool:
    lines = [line for line in value.splitlines() if line.strip()]
    if not lines:
        return False
    if value.lstrip().startswith(("{", "[")) or "\\n" in value:
        return True
    # "a: 1, b: 2" on one line: the second header becomes part of the first value.
    return any(not re.match(r"[!#$%&'*+.^_`|~\w-]+\s*:", line.strip()) for line in lines) or any(
        re.search(r",\s*[A-Za-z][\w-]{2,}\s*:\s*\S", line) for line in lines
    )


def config_facts(findings: Sequence[Finding], path: str) -> dict[str, Fact]:
    """Facts from ``validate_config`` findings about the gateway file at ``path``."""
    found: dict[str, Fact] = {}
    for finding in findings:
        if finding.severity == "error":
            found.setdefault("config_file_errors", Fact("config_file_errors", path, finding.id))
        if re.search(r"unset|not-set|environment-reference", finding.id):
            found.setdefault("config_secret_unset", Fact("config_secret_unset", path, finding.id))
    return found
