"""The settings lines that cure what ``check_proxy`` found (pure). Verification is never switched off."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from mcp_server.answer import Finding
from mcp_server.effective.no_proxy import portable_no_proxy
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Snapshot

_CA_PLACE = "/path/to/corporate-ca.pem"
_PROXY_PLACE = "http://proxy.example.com:3128"
_RELAY = "http://127.0.0.1:3128"


def cure(
    machine: Snapshot,
    target: ClientTarget,
    decisions: Sequence[ProxyDecision],
    findings: Sequence[Finding],
    *,
    keep_arguments: bool = False,
) -> tuple[dict[str, str], str]:
    """``env`` entries and one sentence on why. A credential is always a placeholder.

    ``keep_arguments`` adds the values that were given for this run and were seen to work.
    """
    ids = {f.id for f in findings if f.severity in ("error", "warning")}
    env: dict[str, str] = {}
    why: list[str] = []
    if keep_arguments:
        env.update(_arguments(decisions, target))
        why.append("These values worked in this run.")
    if "no_proxy_not_matched" in ids:
        _add_no_proxy(env, machine, decisions)
        why.append("NO_PROXY in the form every program reads.")
    proxy = next((p for d in decisions if (p := _proxy(d, findings)) is not None), None)
    if proxy is not None:
        env["HTTPS_PROXY"] = env["https_proxy"] = proxy
        why.append("The proxy in a form that Claude Code can use; replace placeholders by your values.")
    if ids & {"tls_ca_not_trusted", "tls_ca_setting_ineffective"}:
        env["NODE_EXTRA_CA_CERTS"] = _ca_path(target, findings)
        why.append("The CA file (PEM) that Claude Code adds to its trust.")
    if "tls_client_certificate_required" in ids:
        env["CLAUDE_CODE_CLIENT_CERT"] = "/path/to/client.pem"
        env["CLAUDE_CODE_CLIENT_KEY"] = "/path/to/client-key.pem"
        why.append("The client certificate this server asks for.")
    return env, " ".join(why)


def _arguments(decisions: Sequence[ProxyDecision], target: ClientTarget) -> dict[str, str]:
    env: dict[str, str] = {}
    for decision in decisions:
        if decision.source == "argument proxy_url" and decision.address is not None:
            env["HTTPS_PROXY"] = env["https_proxy"] = decision.address.shown
        if decision.no_proxy is not None and decision.no_proxy.source == "argument no_proxy":
            value = portable_no_proxy(decision.no_proxy.value)
            env["NO_PROXY"] = env["no_proxy"] = value
    for file in target.ca_files:
        if file.source == "argument ca_bundle":
            env["NODE_EXTRA_CA_CERTS"] = file.path
    return env


def _add_no_proxy(env: dict[str, str], machine: Snapshot, decisions: Sequence[ProxyDecision]) -> None:
    settings = [s for name in ("no_proxy", "NO_PROXY") if (s := machine.variable(name)) is not None]
    existing = ",".join(entry for s in settings for entry in s.value.replace(",", " ").split() if "://" not in entry)
    hosts = []
    for decision in decisions:
        if decision.proxy is not None:
            hosts.append(urlsplit(decision.url).hostname or "")
    value = portable_no_proxy(existing, tuple(host for host in hosts if host))
    env["NO_PROXY"] = env["no_proxy"] = value


def _proxy(decision: ProxyDecision, findings: Sequence[Finding]) -> str | None:
    errors = {f.id: f for f in findings if f.severity == "error"}
    if decision.problem is not None:
        return decision.problem.suggestion or _PROXY_PLACE
    if decision.address is None:
        return None
    refused = errors.get("proxy_auth_failed")
    if refused is not None:
        if "offers only" in refused.problem:
            return _RELAY
        return f"{decision.address.scheme}://USER:PASSWORD@{decision.address.authority}"
    wrong = errors.get("tls_on_plain_http_port")
    if wrong is not None and "the proxy" in wrong.problem:
        return f"http://{decision.address.authority}"
    return None


def _ca_path(target: ClientTarget, findings: Sequence[Finding]) -> str:
    """The file to name: a usable one that stands in the wrong variable, the converted one, or a placeholder."""
    for file in target.ca_files:
        if not file.effective:
            return file.path
    converted = any("DER form" in f.problem or "PKCS#7" in f.problem for f in findings)
    for file in target.ca_files:
        if converted:
            stem = file.path.rsplit(".", 1)[0] if "." in file.path.rsplit("/", 1)[-1] else file.path
            return f"{stem}.pem"
    return _CA_PLACE
