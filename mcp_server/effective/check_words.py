"""The sentences of ``check_proxy``'s answer: first sentence, steps left to do, context (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Check, Finding
from mcp_server.effective.pac_report import pac_note
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Snapshot


def choice_check(decision: ProxyDecision) -> Check:
    """Which proxy Claude Code takes for one URL, and why."""
    where = host_of(decision.url)
    if decision.problem is not None:
        return Check(title=f"Proxy for {where}", status="fail", detail=f"{decision.because}.")
    used = f"{decision.address.scheme}://{decision.address.authority}" if decision.address else "none"
    return Check(title=f"Proxy for {where}", status="pass", detail=f"{used}: {decision.because}.")


def quick_answer(decisions: Sequence[ProxyDecision], findings: Sequence[Finding], broken: bool) -> str:
    """The one sentence; ``broken``: a step of the path failed."""
    first = decisions[0]
    way = "directly"
    if first.address is not None:
        way = f"through the proxy {first.address.authority} ({first.variable}, {first.source})"
    many = f" and {len(decisions) - 1} more" if len(decisions) > 1 else ""
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        lead = f"Claude Code cannot get to {host_of(first.url)}{many}" if broken else "The configuration is wrong"
        return f"{lead}: {errors[0].problem}. {errors[0].fix}"
    ending = "every step of the path passed"
    warnings = [f for f in findings if f.severity == "warning"]
    if warnings:
        ending += f", with {len(warnings)} warning{'s' if len(warnings) > 1 else ''}: {warnings[0].problem}"
    return (
        f"Claude Code reaches {host_of(first.url)}{many} {way}; {ending}. That the gateway answers is test_model's job."
    )


def to_do(first: ProxyDecision, broken: bool, *, streaming: bool) -> list[Check]:
    """What is left to the user; ``streaming``: something on the way reads the bytes and may hold them back."""
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
    buffered = Check(
        title="Answers arrive piece by piece",
        status="todo",
        detail="TLS is inspected on the way, so an answer may be held back until it is whole; only a billed request "
        "shows it. In a tunnel that nobody inspects nothing can do that.",
        command="llm-gateway test-model --level message",
        expect="no response_not_streamed",
        if_not="ask for the gateway's host to be exempt from inspection",
    )
    return [
        *([buffered] if streaming else []),
        Check(
            title="Ask Claude Code itself",
            status="todo",
            detail="One real request through the same path.",
            command="claude -p hi",
            expect="an answer",
            if_not="the path is open, so run test_model: credential, model or gateway are next",
        ),
    ]


def context_lines(
    machine: Snapshot, target: ClientTarget, decisions: Sequence[ProxyDecision], shown: bool
) -> list[str]:
    """Versions, notes and rules; ``shown``: a configuration is part of the answer."""
    version = machine.client_version or "not found on PATH"
    lines = [f"Claude Code: {version}; proxy rules measured on {decisions[0].dialect} were applied."]
    notes = [note for decision in decisions for note in decision.notes]
    lines += [f"{note[:1].upper()}{note[1:]}." for note in dict.fromkeys(notes)]
    if machine.environment_hidden:
        lines.append("Claude Code hides its environment from this process: shell variables are not visible to me.")
    lines += pac_note(machine, proxied=any(d.variable for d in decisions))
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


def host_of(url: str) -> str:
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
