"""``check_proxy``: which proxy Claude Code uses and why, every step of the path, and the lines that cure it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server import redact
from mcp_server.answer import Answer, Check, Finding, Where, sort_findings, verdict_of
from mcp_server.effective.check_words import host_of
from mcp_server.errors import UsageError
from mcp_server.hosts import is_address, is_http_url
from mcp_server.operations import this_machine
from mcp_server.snapshot import SettingsFile, Snapshot

if TYPE_CHECKING:
    from mcp_server.effective import ClientTarget, ProxyDecision
    from mcp_server.probe.base import Outcome
    from mcp_server.probe.who_trusts import TrustKind

MAX_TARGETS = 6
_PATH_SETTINGS = (
    "settings_file_not_loaded",
    "base_url_wrong_endpoint",
    "base_url_path_duplicated",
    "provider_flag_overrides_base_url",
    "project_settings_redirect",
    "tls_ca_setting_ineffective",
)
_PROXY_NAMES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy")
#: One TLS greeting each, through the proxy, and only when the target's certificate is refused there.
_WELL_KNOWN = ("api.anthropic.com:443", "www.googleapis.com:443")
_NO_PUBLIC_NAMES = ("test", "invalid", "example", "localhost", "local", "internal", "lan", "corp")


async def run(
    targets: Sequence[str] | None = None,
    proxy_url: str | None = None,
    no_proxy: str | None = None,
    ca_bundle: str | None = None,
    pac: str | None = None,
    snapshot: Snapshot | None = None,
) -> Answer:
    """Check the way to ``targets`` (default: the base URL this Claude Code would use), at most ten seconds.

    ``proxy_url`` (empty or ``direct``: none), ``no_proxy`` and ``ca_bundle`` replace the configured values for this
    run; ``pac`` is the path of a PAC file to evaluate for them. Raises UsageError for targets that are no URLs or too
    many and for a PAC file that cannot be read, GatewayError when the engine for PAC files is not installed.
    """
    from mcp_server.effective import client_target, proxy_decision, settings_findings
    from mcp_server.effective.check_words import choice_check, context_lines, quick_answer, to_do
    from mcp_server.effective.cure import Case, cure_files
    from mcp_server.effective.pac_report import pac_checks
    from mcp_server.effective.programs.table import disagreements, program_table, table_checks
    from mcp_server.net.trust import system_bundle
    from mcp_server.probe.who_trusts import kinds_of
    from mcp_server.program_files import read_pac

    if snapshot is None:
        snapshot = await _this_machine_and_versions()
    asked = _targets(targets)
    given = _given(proxy_url, no_proxy, ca_bundle)
    machine = replace(snapshot, settings_files=(*given, *snapshot.settings_files))
    target = client_target(machine)
    urls = asked or [target.base_url.value]
    decisions = [proxy_decision(machine, url) for url in urls]
    named = bool(asked)
    pac_found = await asyncio.to_thread(pac_checks, read_pac(pac), decisions) if pac else []
    table = program_table(machine, urls)
    kinds = [kinds_of(table, column) for column in range(len(urls))]
    ways = zip(decisions, kinds, strict=True)
    unused = _unused_cas(machine, target)
    outcomes = await asyncio.gather(*(_path(target, d, named, _neighbours(d.url, urls), k, unused) for d, k in ways))

    checks: list[Check] = []
    path_findings: list[Finding] = []
    for decision, outcome in zip(decisions, outcomes, strict=True):
        checks.append(choice_check(decision))
        checks.extend(outcome.checks)
        path_findings.extend(f for f in outcome.findings if f not in path_findings)
    checks += [*table_checks(table, asked=named), *pac_found]
    settings = [f for f in settings_findings(machine, target) if f.id in _PATH_SETTINGS]
    if any(o.facts.get("known_ca") in {c.path for c in target.ca_files if not c.effective} for o in outcomes):
        # Seen to be the right CA in the wrong place: that is the cause, not a remark.
        settings = [_as_error(f) if f.id == "tls_ca_setting_ineffective" else f for f in settings]
    if asked:
        settings = [f for f in settings if not f.id.startswith("base_url")]
    causes = {f.id for f in path_findings if f.severity == "error"}
    early = [*_ca_faults(target, causes), *_bypass_faults(machine, decisions, causes)]
    others = disagreements(table, asked=named)
    findings = sort_findings([*early, *settings, *path_findings, *_verification_off(machine), *others])
    broken = bool(causes)
    facts = [outcome.facts for outcome in outcomes]
    kept = bool(given) and not broken
    config = cure_files(Case(machine, target, decisions, findings, facts, kept, system_bundle()))
    return Answer(
        verdict=verdict_of(findings, proven=not broken),
        quick_answer=quick_answer(decisions, findings, broken),
        config=config,
        verification=[*checks, *to_do(decisions[0], broken, streaming=any(f.get("inspected") for f in facts))],
        context=context_lines(machine, target, decisions, bool(config)),
        findings=findings,
    )


async def _this_machine_and_versions() -> Snapshot:
    """The machine with the versions of the other programs, asked side by side with Claude Code's."""
    from mcp_server.program_files import program_versions

    machine, versions = await asyncio.gather(
        this_machine(), asyncio.to_thread(program_versions, os.environ.get("PATH"))
    )
    return replace(machine, versions=versions)


def _targets(targets: Sequence[str] | None) -> list[str]:
    if not targets:
        return []
    if len(targets) > MAX_TARGETS:
        raise UsageError(f"{len(targets)} targets are too many.", f"Give at most {MAX_TARGETS} at a time.")
    found: list[str] = []
    for text in targets:
        url = text.strip()
        if "://" not in url:
            url = f"https://{url.lstrip('/')}"
        if not is_http_url(url):
            raise UsageError(
                f"The target {redact.url(text)!r} is no http(s) URL.", "Write it like https://gateway.example.com."
            )
        found.append(url)
    return list(dict.fromkeys(found))


def _given(proxy_url: str | None, no_proxy: str | None, ca_bundle: str | None) -> tuple[SettingsFile, ...]:
    """The arguments as the strongest settings layer, so that every rule sees them where it looks anyway."""
    layers: list[tuple[str, dict[str, str]]] = []
    if proxy_url is not None:
        direct = proxy_url.strip().lower() in ("", "direct", "none")
        value = "" if direct else proxy_url
        layers.append(("proxy_url", dict.fromkeys(_PROXY_NAMES if direct else _PROXY_NAMES[:2], value)))
    if no_proxy is not None:
        layers.append(("no_proxy", dict.fromkeys(("no_proxy", "NO_PROXY"), no_proxy)))
    if ca_bundle:
        layers.append(("ca_bundle", {"NODE_EXTRA_CA_CERTS": _whole_path(ca_bundle)}))
    return tuple(SettingsFile("managed", f"argument {name}", {"env": env}) for name, env in layers)


def _whole_path(path: str) -> str:
    """``~`` written out: a person may type it, but no program expands it in a variable."""
    try:
        return str(Path(path.strip()).expanduser())
    except RuntimeError:
        return path


async def _path(
    target: ClientTarget,
    decision: ProxyDecision,
    named: bool,
    neighbours: tuple[str, ...],
    kinds: tuple[TrustKind, ...],
    unused_cas: dict[str, str],
) -> Outcome:
    """Everything the path probes found on the way to one URL, in one Outcome."""
    from mcp_server.net.route import route_of
    from mcp_server.probe.base import Outcome
    from mcp_server.probe.path import STEP_SECONDS, broken_proxy, check_path

    if decision.problem is not None:
        return broken_proxy(decision.problem)
    route = replace(route_of(target, STEP_SECONDS), base_url=decision.url, proxy=decision.proxy, link_local=named)
    whole = Outcome()
    for outcome in await check_path(route, decision, neighbours, kinds, unused_cas):
        whole.checks += outcome.checks
        whole.findings += outcome.findings
        whole.facts |= outcome.facts
    return whole


def _unused_cas(machine: Snapshot, target: ClientTarget) -> dict[str, str]:
    """CA files that something on this machine names and Claude Code does not use."""
    used = {file.path for file in target.ca_files if file.effective}
    found = {file.path: f"{file.variable} ({file.source})" for file in target.ca_files if not file.effective}
    for path, kind in machine.paths.items():
        if kind == "file" and path not in used:
            found.setdefault(path, "another program's setting")
    return found


def _neighbours(url: str, urls: Sequence[str]) -> tuple[str, ...]:
    """Unrelated TLS servers: the other targets, else a well-known one; none for names that lead nowhere public."""
    found = [host_of(other) for other in urls if other != url and other.startswith("https:")]
    host = host_of(url).rpartition(":")[0].strip("[]")
    private = "." not in host or is_address(host) or host.rpartition(".")[2] in _NO_PUBLIC_NAMES
    if not found and not private:
        found = [name for name in _WELL_KNOWN if not name.startswith(f"{host}:")]
    return tuple(found[:2])


def _ca_faults(target: ClientTarget, causes: set[str]) -> list[Finding]:
    from mcp_server.catalogue.finding import finding
    from mcp_server.net.trust import check_ca_file

    found: list[Finding] = []
    for file in target.ca_files:
        fault = check_ca_file(file.path) if file.effective else None
        if fault is not None:
            found.append(
                finding(
                    "tls_ca_setting_ineffective",
                    severity="error" if "tls_ca_not_trusted" in causes else "warning",
                    problem=f"{file.variable} ({file.source}) adds no trust: {fault.problem}",
                    why="Claude Code skips a CA file it cannot use, with a warning at most.",
                    fix=fault.fix,
                    where=None if file.scope == "shell" else Where(file=file.source, key=f"env.{file.variable}"),
                )
            )
    return found


def _bypass_faults(machine: Snapshot, decisions: list[ProxyDecision], causes: set[str]) -> list[Finding]:
    from mcp_server.catalogue.finding import finding
    from mcp_server.effective.no_proxy import is_local, meant_to_bypass

    found: list[Finding] = []
    for decision in decisions:
        if decision.proxy is None:
            continue
        missed, local = meant_to_bypass(machine, decision), is_local(decision.url)
        if missed is None and not local:
            continue
        broken = bool(causes & {"proxy_unreachable", "proxy_auth_failed", "egress_host_blocked", "name_not_resolved"})
        where = host_of(decision.url)
        found.append(
            finding(
                "no_proxy_not_matched",
                severity="error" if broken else "warning",
                problem=f"{where} goes through the proxy of {decision.variable}: "
                + (redact.quote(missed) if missed else "no NO_PROXY entry names it, and loopback is not exempt"),
                why="Claude Code sends loopback through the proxy too." if local else None,
                fix=f"List {where.rpartition(':')[0] or where} in NO_PROXY (see Config).",
            )
        )
    return found


def _as_error(finding: Finding) -> Finding:
    return finding.model_copy(update={"severity": "error"})


def _verification_off(machine: Snapshot) -> list[Finding]:
    from mcp_server.catalogue.finding import finding

    setting = machine.variable("NODE_TLS_REJECT_UNAUTHORIZED")
    if setting is None or setting.value.strip() != "0":
        return []
    return [
        finding(
            "secret_exposed",
            severity="warning",
            problem=f"NODE_TLS_REJECT_UNAUTHORIZED=0 ({setting.source}) switches certificate checks off",
            why="Whoever stands on the way can read the credential. This check verifies all the same.",
            fix="Remove it and set NODE_EXTRA_CA_CERTS to the CA's PEM file instead.",
        )
    ]
