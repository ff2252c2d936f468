"""One run as an Answer: a row per layer and per model, the verdict, and what was not proven (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server.answer import Answer, Check, Finding, Status, sort_findings, verdict_of
from mcp_server.probe.base import Outcome
from mcp_server.probe.context import Context, Level
from mcp_server.probe.route import describe
from mcp_server.probe.run import ModelResult
from mcp_server.redact import quote, url

_NOT_PROVEN: dict[Level, str] = {
    "status": "credential, model, streaming and tool use",
    "health": "that a model answers, streams and calls tools",
    "message": "tool use and the client's full request",
    "claude-code": "",
}
_MAX_NAMES = 6


def answer(
    context: Context,
    settings: Sequence[Finding],
    outcomes: Sequence[Outcome],
    results: Sequence[ModelResult],
    notes: Sequence[str],
) -> Answer:
    """The Answer of a run that got as far as ``outcomes`` and ``results``."""
    live = [f for outcome in outcomes for f in outcome.findings if f.id != "model_alias_unmapped"]
    aside = [f for outcome in outcomes for f in outcome.findings if f.id == "model_alias_unmapped"]
    # What was seen to fail comes before what merely looks wrong.
    findings = _unique([*live, *(f for result in results for f in result.findings), *settings, *aside])
    checks = [check for outcome in outcomes for check in outcome.checks]
    checks += [row for result in results for row in _rows(result)]
    ordered = sort_findings(findings)
    proven = _proven(context.level, outcomes, results)
    return Answer(
        verdict=verdict_of(ordered, proven=proven),
        quick_answer=_quick(context, ordered, results, proven),
        verification=[*checks, *_next_step(context, ordered, proven)],
        context=[*_cost(context), *notes],
        findings=ordered,
    )


def _proven(level: Level, outcomes: Sequence[Outcome], results: Sequence[ModelResult]) -> bool:
    checks = {check.title: check.status for outcome in outcomes for check in outcome.checks}
    if level == "status":
        return checks.get("Gateway answers") == "pass"
    if level == "health":
        listed = [r.outcome is not None and r.outcome.checks[0].status == "pass" for r in results]
        return checks.get("Credential") == "pass" and bool(listed) and all(listed)
    return bool(results) and all(result.passed for result in results)


def _rows(result: ModelResult) -> list[Check]:
    if result.outcome is not None:
        return result.outcome.checks
    context, facts = result.context, result.context.facts
    errors = [f for f in result.findings if f.severity == "error"]
    warnings = [f for f in result.findings if f.severity == "warning"]
    parts = ["text ok"] if facts.get("text") else []
    if facts.get("first_event") is not None:
        parts.append(f"first event {facts['first_event'] * 1000:.0f} ms")
    if context.level == "claude-code":
        if facts.get("tool_round_trip"):
            parts.append("tool round trip ok, arguments exact")
        elif facts.get("tool_call"):
            parts.append("tool call ok, result not")
        if "usage" in facts:
            parts.append("usage {:,} in / {:,} out".format(*facts["usage"]))
        if result.passed and context.wire.counts_tokens:
            count = facts.get("count_tokens")
            parts.append(f"count_tokens {count:,}" if count else "count_tokens not offered (optional)")
    parts.append(f"{result.seconds * 1000:.0f} ms in all")
    if errors:
        parts.insert(0, errors[0].problem)
    elif warnings:
        parts.append("; ".join(f.problem for f in warnings[:3]))
    status: Status = "fail" if errors or not result.passed else "warn" if warnings else "pass"
    title = quote(context.model_name, 80)
    if context.model is not None and context.model.asked not in (context.model_name, "default"):
        title = f"{quote(context.model.asked, 60)} → {title}"
    return [Check(title=title, status=status, detail=f"{'; '.join(parts)}.")]


def _quick(context: Context, findings: Sequence[Finding], results: Sequence[ModelResult], proven: bool) -> str:
    where = url(context.route.base_url)
    errors = [f for f in findings if f.severity == "error"]
    warnings = [f for f in findings if f.severity == "warning"]
    if errors:
        return _broken(where, errors[0], results)
    seen = _seen(context, where, results, proven)
    rest = _NOT_PROVEN[context.level]
    unproven = f" Not proven: {rest} (level claude-code proves them)." if rest else ""
    if warnings:
        more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
        return f"{seen} But: {warnings[0].problem}{more}. {_sentence(warnings[0].fix)}{unproven}"
    return f"{seen}{unproven}"


def _broken(where: str, first: Finding, results: Sequence[ModelResult]) -> str:
    works = [quote(result.context.model_name, 60) for result in results if result.passed]
    if not works:
        return f"It does not work through {where}: {first.problem}. {_sentence(first.fix)}"
    passed = f"{len(works)} of {len(results)} models work through {where} ({_names(works)})"
    return f"{passed}, not all: {first.problem}. {_sentence(first.fix)}"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return f"{', '.join(names[:_MAX_NAMES])}{more}"


def _seen(context: Context, where: str, results: Sequence[ModelResult], proven: bool) -> str:
    names = [quote(r.context.model_name, 60) for r in results]
    shown = _names(names)
    if context.level == "status":
        return f"Up: {describe(context)} answers at {where}."
    if context.level == "health":
        if proven:
            return f"The gateway ({describe(context)}) at {where} accepts the credential and lists {shown}."
        return f"{where} answers, but health does not decide here: see which checks were skipped."
    slowest = max((r.seconds for r in results), default=0.0)
    verb = "works" if len(names) == 1 else "work"
    if context.level == "message":
        answered = "answers" if len(names) == 1 else "answer"
        return f"{shown} {answered} a small streamed message through {where} ({slowest * 1000:.0f} ms)."
    what = "full request of the client, streamed, tool call and tool result"
    return f"{shown} {verb} for Claude Code through {where}: {what} ({slowest:.1f} s)."


def _next_step(context: Context, findings: Sequence[Finding], proven: bool) -> list[Check]:
    if not proven or context.level == "claude-code" or any(f.severity == "error" for f in findings):
        return []
    return [
        Check(
            title="Full proof",
            status="todo",
            detail="A tool round trip in the client's own request shape; billed, a few thousand tokens.",
            command="llm-gateway test-model --level claude-code",
            expect="verdict ok",
            if_not="findings[0] names the layer and the change",
        )
    ]


def _cost(context: Context) -> list[str]:
    ledger = context.ledger
    if not ledger.billed:
        return [f"Sent {ledger.requests} requests, all free of charge."] if ledger.requests else []
    estimated = ledger.input_tokens or ledger.sent_characters // 4
    how = "" if ledger.input_tokens else " (estimated at four characters a token)"
    said = f"Sent {ledger.requests} requests, {ledger.billed} of them to a model: about {estimated:,} tokens in{how}"
    lines = [f"{said} / {ledger.output_tokens:,} out."]
    if ledger.repeated:
        client = f"Claude Code {context.shape.client_version}"
        again = f"{client} repeats a message without its optional parts when a 400 says nothing it understands"
        lines.append(f"{ledger.repeated} of them because {again}.")
    return lines


def _unique(findings: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in findings:
        if finding not in kept:
            kept.append(finding)
    return kept


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
