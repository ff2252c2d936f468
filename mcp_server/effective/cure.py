"""The files and lines that cure what ``check_proxy`` found (pure). Verification is never switched off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile, Finding
from mcp_server.effective.allow_list import allow_list_file, hosts_of
from mcp_server.effective.no_proxy import is_local, portable_no_proxy
from mcp_server.effective.program_lines import conversion, proxy_lines, trust_lines
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.effective.relay import RELAY_URL, relay_files
from mcp_server.effective.target import CaFile, ClientTarget
from mcp_server.snapshot import Snapshot

_CA_PLACE = "/path/to/corporate-ca.pem"
_PROXY_PLACE = "http://proxy.example.com:3128"
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_CA_CAUSES = {"tls_ca_not_trusted", "tls_ca_setting_ineffective"}


@dataclass(frozen=True)
class Case:
    """What the cure is decided on. ``facts``: what the probes of each decision learned."""

    machine: Snapshot
    target: ClientTarget
    decisions: Sequence[ProxyDecision]
    findings: Sequence[Finding]
    facts: Sequence[Mapping[str, object]] = ()
    keep_arguments: bool = False
    """Add the values that were given for this run and were seen to work."""
    system_bundle: str = "/etc/ssl/certs/ca-certificates.crt"
    errors: dict[str, Finding] = field(init=False)
    ids: set[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", {f.id: f for f in reversed(self.findings) if f.severity == "error"})
        object.__setattr__(self, "ids", {f.id for f in self.findings if f.severity in ("error", "warning")})

    def fact(self, index: int, name: str) -> object:
        """One fact about the path of decision ``index``, or ``None``."""
        return self.facts[index].get(name) if index < len(self.facts) else None


def cure_files(case: Case) -> list[ConfigFile]:
    """Settings first, then the commands they need, then the same for other programs. Credentials are placeholders."""
    env, why = cure(case)
    files: list[ConfigFile] = []
    if env:
        folder = case.machine.shell.get("CLAUDE_CONFIG_DIR") or "~/.claude"
        text = json.dumps({"env": env}, indent=2, ensure_ascii=False) + "\n"
        merge = "Merge these lines into the env block; a settings entry beats the same variable of the shell."
        files.append(ConfigFile(path=f"{folder}/settings.json", language="json", content=text, why=f"{why} {merge}"))
    for index, decision in enumerate(case.decisions):
        schemes = case.fact(index, "unsupported_schemes")
        if isinstance(schemes, tuple) and decision.address is not None:
            files += relay_files(decision.address.authority, schemes)
            break
    files += _conversions(case)
    if "egress_host_blocked" in case.errors:
        why = "Ask for these; the proxy forbids at least one of them."
        files.append(allow_list_file(hosts_of(case.machine, case.target), why))
    return files + _other_programs(case, env)


def cure(case: Case) -> tuple[dict[str, str], str]:
    """``env`` entries and the sentences on why."""
    env: dict[str, str] = {}
    why: list[str] = []
    if case.keep_arguments:
        env.update(_arguments(case.decisions, case.target))
        why.append("These values worked in this run.")
    off, past = _without_proxy(case)
    if off:
        env.update(dict.fromkeys(_set_variables(case.machine), ""))
        why.append("The proxy is not there and the target answers without it: empty values switch it off.")
    elif "no_proxy_not_matched" in case.ids or past:
        _add_no_proxy(env, case.machine, case.decisions)
        why.append("NO_PROXY in the form every program reads.")
    # What goes past the proxy from now on needs neither its credentials nor its CA.
    passed = off or past or "no_proxy_not_matched" in case.ids
    through = [(i, d) for i, d in enumerate(case.decisions) if not (passed and (off or past or is_local(d.url)))]
    proxy = next((p for i, d in through if (p := _proxy(case, i, d)) is not None), None)
    if proxy is not None:
        env["HTTPS_PROXY"] = env["https_proxy"] = proxy
        why.append("The proxy in a form that Claude Code can use; replace placeholders by your values.")
    causes = _CA_CAUSES if through else {"tls_ca_setting_ineffective"}
    wanted = any(f.id in causes and f.severity != "info" and not _of_client(f) for f in case.findings)
    if wanted and "NODE_EXTRA_CA_CERTS" not in env:
        env["NODE_EXTRA_CA_CERTS"] = _ca_path(case)
        why.append("The CA file (PEM) that Claude Code adds to its trust.")
    if "tls_client_certificate_required" in case.ids or any(
        case.fact(i, "client_certificate_fault") for i in range(len(case.decisions))
    ):
        env["CLAUDE_CODE_CLIENT_CERT"] = "/path/to/client.pem"
        env["CLAUDE_CODE_CLIENT_KEY"] = "/path/to/client-key.pem"
        why.append("The client certificate this server asks for.")
    url = _base_url(case)
    if url:
        env["ANTHROPIC_BASE_URL"] = url
        why.append("The base URL with the scheme that the port speaks.")
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


def _without_proxy(case: Case) -> tuple[bool, bool]:
    """Switch the proxy off? Or go past it for these targets? Only where a look without it found them."""
    direct = [index for index in range(len(case.decisions)) if case.fact(index, "direct")]
    if not direct:
        return False, False
    if all(is_local(case.decisions[index].url) for index in direct):
        return False, True
    unknown = case.errors.get("name_not_resolved")
    gone = "proxy_unreachable" in case.errors or (unknown is not None and "proxy host name" in unknown.problem)
    return gone, not gone


def _set_variables(machine: Snapshot) -> list[str]:
    """The proxy variables that hold something, each with both spellings."""
    named = (*PROXY_VARIABLES, "ALL_PROXY", "all_proxy")
    found = [name for name in named if (s := machine.variable(name)) is not None and s.value.strip()]
    return [name for name in named if any(name.upper() == other.upper() for other in found)]


def _add_no_proxy(env: dict[str, str], machine: Snapshot, decisions: Sequence[ProxyDecision]) -> None:
    settings = [s for name in ("no_proxy", "NO_PROXY") if (s := machine.variable(name)) is not None]
    existing = ",".join(entry for s in settings for entry in s.value.replace(",", " ").split() if "://" not in entry)
    hosts = []
    for decision in decisions:
        if decision.proxy is not None:
            hosts.append(urlsplit(decision.url).hostname or "")
    value = portable_no_proxy(existing, tuple(host for host in hosts if host))
    env["NO_PROXY"] = env["no_proxy"] = value


def _proxy(case: Case, index: int, decision: ProxyDecision) -> str | None:
    if decision.problem is not None:
        return decision.problem.suggestion or _PROXY_PLACE
    if decision.address is None:
        return None
    if "proxy_auth_failed" in case.errors:
        if case.fact(index, "unsupported_schemes"):
            return RELAY_URL
        return f"{decision.address.scheme}://USER:PASSWORD@{decision.address.authority}"
    scheme = case.fact(index, "proxy_scheme")
    return decision.address.shown.replace(decision.address.scheme, str(scheme), 1) if scheme else None


def _base_url(case: Case) -> str | None:
    """Claude Code's own base URL with the other scheme, when that is what is wrong with it."""
    url = case.target.base_url.value
    if [d.url for d in case.decisions] != [url]:
        return None
    if case.fact(0, "proxy_scheme"):
        return None
    if "tls_on_plain_http_port" in case.errors and is_local(url):
        return f"http://{url.partition('://')[2]}"
    return f"https://{url.partition('://')[2]}" if "plain_http_on_tls_port" in case.errors else None


def _of_client(found: Finding) -> bool:
    """Is it about the client's own certificate? That fault has the id of the CA settings."""
    return found.problem.startswith("the client ")


def _ca_path(case: Case) -> str:
    """The file to name: a usable one that stands in the wrong variable, the converted one, or a placeholder."""
    converted = _to_convert(case)
    if converted is not None:
        return _pem_name(converted)
    known = [str(path) for i in range(len(case.decisions)) if (path := case.fact(i, "known_ca"))]
    if known:
        return known[0]
    for file in case.target.ca_files:
        if not file.effective:
            return file.path
    return _CA_PLACE


def _to_convert(case: Case) -> CaFile | None:
    words = [f.problem for f in case.findings if f.id == "tls_ca_setting_ineffective"]
    for file in case.target.ca_files:
        if any(file.path in said and ("DER form" in said or "PKCS#7" in said) for said in words):
            return file
    return None


def _pem_name(file: CaFile) -> str:
    stem = file.path.rsplit(".", 1)[0] if "." in file.path.rsplit("/", 1)[-1] else file.path
    return f"{stem}.pem" if f"{stem}.pem" != file.path else f"{stem}-converted.pem"


def _conversions(case: Case) -> list[ConfigFile]:
    file = _to_convert(case)
    if file is None:
        return []
    pkcs7 = any("PKCS#7" in f.problem for f in case.findings)
    return [conversion(file.path, _pem_name(file), pkcs7=pkcs7)]


def _other_programs(case: Case, env: Mapping[str, str]) -> list[ConfigFile]:
    """The other programs' lines for the same fault: trust before proxy, never both (the answer is bounded)."""
    if "NODE_EXTRA_CA_CERTS" in env:
        return [trust_lines(env["NODE_EXTRA_CA_CERTS"], case.system_bundle)]
    if any(f.id == "tls_ca_not_trusted" and f.severity == "info" for f in case.findings):
        used = next((file.path for file in case.target.ca_files if file.effective), None)
        return [trust_lines(used or "", case.system_bundle, in_system_store=used is None)]
    proxy = env.get("HTTPS_PROXY")
    if not proxy:
        return []
    return [proxy_lines(proxy, env.get("NO_PROXY") or portable_no_proxy(""))]
