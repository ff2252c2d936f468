"""``check_proxy``: which proxy Claude Code uses and why, every step of the path, and the lines that cure it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Answer, Check, ConfigFile, Finding, Where, sort_findings, verdict_of
from mcp_server.errors import UsageError
from mcp_server.hosts import is_http_url
from mcp_server.operations import this_machine
from mcp_server.snapshot import SettingsFile, Snapshot

if TYPE_CHECKING:
    from mcp_server.effective import ClientTarget, ProxyDecision

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


async def run(
    targets: Sequence[str] | None = None,
    proxy_url: str | None = None,
    no_proxy: str | None = None,
    ca_bundle: str | None = None,
    snapshot: Snapshot | None = None,
) -> Answer:
    """Check the way to ``targets`` (default: the base URL this Claude Code would use), at most ten seconds.

    ``proxy_url`` (empty or ``direct``: none), ``no_proxy`` and ``ca_bundle`` replace the configured values for this
    run. Raises UsageError for targets that are no URLs or too many.
    """
    from mcp_server.effective import client_target, proxy_decision, settings_findings

    if snapshot is None:
        snapshot = await this_machine()
    asked = _targets(targets)
    given = _given(proxy_url, no_proxy, ca_bundle)
    machine = replace(snapshot, settings_files=(*given, *snapshot.settings_files))
    target = client_target(machine)
    urls = asked or [target.base_url.value]
    decisions = [proxy_decision(machine, url) for url in urls]
    named = bool(asked)
    outcomes = await asyncio.gather(*(_path(target, d, named) for d in decisions))

    checks: list[Check] = []
    path_findings: list[Finding] = []
    for decision, (path_checks, found) in zip(decisions, outcomes, strict=True):
        checks.append(_choice(decision))
        checks.extend(path_checks)
        path_findings.extend(f for f in found if f not in path_findings)
    settings = [f for f in settings_findings(machine, target) if f.id in _PATH_SETTINGS]
    if asked:
        settings = [f for f in settings if not f.id.startswith("base_url")]
    causes = {f.id for f in path_findings if f.severity == "error"}
    early = [*_ca_faults(target, causes), *_bypass_faults(machine, decisions, causes)]
    findings = sort_findings([*early, *settings, *path_findings, *_verification_off(machine)])
    broken = bool(causes)
    config = _config(machine, target, decisions, findings, bool(given), broken)
    return Answer(
        verdict=verdict_of(findings, proven=not broken),
        quick_answer=_quick(decisions, findings, broken),
        config=config,
        verification=[*checks, *_to_do(decisions[0], broken)],
        context=_context(machine, target, decisions, bool(config)),
        findings=findings,
    )


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


async def _path(target: ClientTarget, decision: ProxyDecision, named: bool) -> tuple[list[Check], list[Finding]]:
    from mcp_server.net.route import route_of
    from mcp_server.probe.path import STEP_SECONDS, broken_proxy, check_path

    if decision.problem is not None:
        outcomes = [broken_proxy(decision.problem)]
    else:
        route = replace(route_of(target, STEP_SECONDS), base_url=decision.url, proxy=decision.proxy, link_local=named)
        outcomes = await check_path(route, decision)
    return [c for o in outcomes for c in o.checks], [f for o in outcomes for f in o.findings]


def _choice(decision: ProxyDecision) -> Check:
    where = _host(decision.url)
    if decision.problem is not None:
        return Check(title=f"Proxy for {where}", status="fail", detail=f"{decision.because}.")
    used = f"{decision.address.scheme}://{decision.address.authority}" if decision.address else "none"
    return Check(title=f"Proxy for {where}", status="pass", detail=f"{used}: {decision.because}.")


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
        where = _host(decision.url)
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


def _config(
    machine: Snapshot,
    target: ClientTarget,
    decisions: list[ProxyDecision],
    findings: list[Finding],
    given: bool,
    broken: bool,
) -> list[ConfigFile]:
    """The smallest ``env`` block that cures what was found, or that makes working arguments permanent."""
    from mcp_server.effective.cure import cure

    env, why = cure(machine, target, decisions, findings, keep_arguments=given and not broken)
    if not env:
        return []
    folder = machine.shell.get("CLAUDE_CONFIG_DIR") or "~/.claude"
    text = json.dumps({"env": env}, indent=2, ensure_ascii=False) + "\n"
    merge = "Merge these lines into the env block; a settings entry beats the same variable of the shell."
    return [ConfigFile(path=f"{folder}/settings.json", language="json", content=text, why=f"{why} {merge}")]


def _quick(decisions: list[ProxyDecision], findings: list[Finding], broken: bool) -> str:
    first = decisions[0]
    way = "directly"
    if first.address is not None:
        way = f"through the proxy {first.address.authority} ({first.variable}, {first.source})"
    many = f" and {len(decisions) - 1} more" if len(decisions) > 1 else ""
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        lead = f"Claude Code cannot get to {_host(first.url)}{many}" if broken else "The configuration is wrong"
        return f"{lead}: {errors[0].problem}. {errors[0].fix}"
    ending = "every step of the path passed"
    if findings:
        ending += f", with {len(findings)} warning{'s' if len(findings) > 1 else ''}: {findings[0].problem}"
    return (
        f"Claude Code reaches {_host(first.url)}{many} {way}; {ending}. That the gateway answers is test_model's job."
    )


def _to_do(first: ProxyDecision, broken: bool) -> list[Check]:
    if broken:
        return [
            Check(
                title="Check again after the change",
                status="todo",
                detail="The same steps must pass.",
                command=f"llm-gateway check-proxy {redact.url(first.url)}",
                expect="every step passes",
                if_not="the first failing step names what is left",
            )
        ]
    return [
        Check(
            title="Ask Claude Code itself",
            status="todo",
            detail="One real request through the same path.",
            command="claude -p hi",
            expect="an answer",
            if_not="the path is open, so run test_model: credential, model or gateway are next",
        )
    ]


def _context(machine: Snapshot, target: ClientTarget, decisions: list[ProxyDecision], shown: bool) -> list[str]:
    version = machine.client_version or "not found on PATH"
    lines = [f"Claude Code: {version}; proxy rules measured on {decisions[0].dialect} were applied."]
    notes = [note for decision in decisions for note in decision.notes]
    lines += [f"{note[:1].upper()}{note[1:]}." for note in dict.fromkeys(notes)]
    if machine.environment_hidden:
        lines.append("Claude Code hides its environment from this process: shell variables are not visible to me.")
    lines.append(
        "Claude Code uses the first proxy variable set (lower case first) for every URL, loopback included; Python "
        "programs such as LiteLLM take one per scheme. NO_PROXY dialects differ: commas, no wildcards, no ranges, "
        "name and .name, each address singly, the same value in NO_PROXY and no_proxy are read alike everywhere."
    )
    if target.ca_files:
        lines.append("CA files: " + "; ".join(f"{f.variable} = {redact.quote(f.path, 120)}" for f in target.ca_files))
    if shown:
        lines.append(
            "Security: a proxy password in settings.json stands there in clear; keep the file private (chmod 600), "
            "never in a project's settings. Certificate checks are never switched off."
        )
    return lines


def _host(url: str) -> str:
    """``host:port`` for messages; the redacted URL where there is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return redact.url(url)
    if "://" not in url or not host:
        return redact.url(url) or "(no URL)"
    port = port or (443 if parts.scheme == "https" else 80)
    shown = redact.quote(host, 120)
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"
