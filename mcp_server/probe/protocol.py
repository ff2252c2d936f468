"""The full proof: a request of the client's own size and dialect, a tool call, its result, and the answer after it.

Refusals that the client heals by leaving a part out and asking again are healed here in the same way: the set-up
works, so they are warnings.
"""

from __future__ import annotations

from typing import Any

from mcp_server.answer import Finding
from mcp_server.probe.as_client import send_as_client
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.message import words_in
from mcp_server.probe.reply.buffering import looks_buffered, proves_buffering
from mcp_server.probe.reply.events import ToolCall, Transcript
from mcp_server.probe.reply.stream_checks import check_stream, found
from mcp_server.probe.request.attempts import Attempts
from mcp_server.probe.request.shape_request import build_messages_request
from mcp_server.probe.request.words import TOOL_NAME, tool_definition
from mcp_server.probe.upstream import refused
from mcp_server.redact import quote

_FIRST, _SECOND = "full request", "tool result"


async def run(context: Context) -> Outcome:
    first = await _turn(context, [], _FIRST)
    if isinstance(first, Outcome):
        return first
    said, findings = first
    call = _requested_call(said)
    findings += tool_findings(context, said, _FIRST)
    if call is None or any(f.severity == "error" for f in findings):
        return Outcome(findings=findings)
    context.facts["tool_call"] = True
    second = await _turn(context, _history(said, context.words.result), _SECOND)
    if isinstance(second, Outcome):
        second.findings = findings + second.findings
        return second
    answer, more = second
    findings = _merged(findings, more)
    if not any(f.severity == "error" for f in findings):
        findings += _result_findings(context, answer)
    outcome = Outcome(findings=findings)
    if not outcome.broken:
        context.facts["tool_round_trip"] = True
        context.facts["turns"] = (said, answer)
        context.facts["usage"] = (said.input_tokens + answer.input_tokens, said.output_tokens + answer.output_tokens)
        small: Attempts = context.facts["small"]
        short = min((small.transcript or said, said), key=lambda each: each.first_event or 0.0)
        if looks_buffered(said) and await proves_buffering(context, short):
            late = "a longer answer took longer to begin and then came all at once, so something on the way buffers"
            outcome.findings.append(
                found(context, "response_not_streamed", late, severity="warning", confidence="medium")
            )
        elif not any(f.id == "response_not_streamed" for f in findings):
            context.facts["streamed"] = True
    return outcome


async def _turn(
    context: Context, history: list[dict[str, Any]], what: str
) -> Outcome | tuple[Transcript, list[Finding]]:
    """One request; an Outcome when it ended here."""

    def build(current: Context) -> tuple[str, dict[str, str], dict[str, Any]]:
        return build_messages_request(
            current.shape,
            current.model_name,
            tool_definition(),
            current.words.tool_instruction,
            history,
            session_id=current.session_id,
        )

    attempts, healed = await send_as_client(context, build, what)
    findings = refused(context, attempts, what)
    if findings:
        return Outcome(findings=findings)
    if attempts.reply is None or attempts.transcript is None:
        raise AssertionError("a request that passed has a reply")
    findings = check_stream(context, attempts.reply, attempts.transcript, what)
    if any(f.severity == "error" for f in findings):
        return Outcome(findings=findings)
    return attempts.transcript, healed + findings


def _requested_call(said: Transcript) -> ToolCall | None:
    return next((call for call in said.tool_calls if call.name == TOOL_NAME), None)


def tool_findings(context: Context, said: Transcript, what: str) -> list[Finding]:
    """What is wrong with the call that ``context.words`` asks for; empty when it came back exactly."""
    call = _requested_call(said)
    if call is None:
        return [_not_called(context, said, what)]
    if call.arguments is None:
        broken = f"{what}: the arguments of the tool call do not join to a JSON object: {quote(call.raw, 120)!r}"
        return [found(context, "tool_call_lost", broken)]
    if call.arguments != context.words.arguments:
        changed = f"{what}: the tool was called, but not with the arguments asked for: {_difference(context, call)}"
        return [found(context, "tool_call_lost", changed)]
    if not call.id:
        return [found(context, "tool_call_lost", f"{what}: the tool call has no id, so no result can refer to it")]
    if said.stop_reason != "tool_use":
        odd = f"{what}: a tool call with stop reason {quote(said.stop_reason, 40)} instead of tool_use"
        return [found(context, "stream_malformed", f"{odd}; Claude Code copes with it", severity="warning")]
    return []


def _not_called(context: Context, said: Transcript, what: str) -> Finding:
    if said.stop_reason == "tool_use" and not said.tool_calls:
        return found(context, "tool_call_lost", f"{what}: the stop reason is tool_use, but no tool call came")
    if said.tool_calls:
        names = ", ".join(quote(call.name, 40) for call in said.tool_calls[:3])
        instead = f"{what}: it called {names} instead of the tool asked for"
        return found(context, "model_lacks_tool_use", instead, confidence="medium")
    if not said.text.strip():
        empty = f"{what}: an empty answer came instead of the tool call"
        return found(context, "tool_call_lost", empty, confidence="medium")
    words = quote(said.text, 120)
    answered = f"{what}: it answered with text instead of calling the tool ({words!r}): unsuitable for the main agent"
    return found(context, "model_lacks_tool_use", answered)


def _difference(context: Context, call: ToolCall) -> str:
    got = call.arguments or {}
    if not got:
        return "they came back empty"
    missing = [key for key in context.words.arguments if key not in got]
    if missing:
        return f"{', '.join(missing)} missing"
    other = [key for key, value in context.words.arguments.items() if got[key] != value]
    if not other:
        return f"{', '.join(quote(key, 40) for key in got if key not in context.words.arguments)} added"
    key = other[0]
    return f"{key} is {quote(got[key], 80)!r}, expected {quote(context.words.arguments[key], 80)!r}"


def _history(said: Transcript, result: str) -> list[dict[str, Any]]:
    """The model's answer as the client returns it (every block unchanged), and a result for each tool call."""
    results = [
        {
            "tool_use_id": call.id,
            "type": "tool_result",
            "content": result if call.name == TOOL_NAME else "This tool is not needed here.",
        }
        for call in said.tool_calls
    ]
    return [{"role": "assistant", "content": said.content}, {"role": "user", "content": results}]


def _result_findings(context: Context, answer: Transcript) -> list[Finding]:
    if words_in(context.words.result, answer.text):
        return []
    if answer.tool_calls and not answer.text.strip():
        again = f"{_SECOND}: the tool was called again instead of an answer, so its result seems not to have arrived"
        return [found(context, "tool_call_lost", again, confidence="medium")]
    got = quote(answer.text, 120)
    lost = f"{_SECOND}: the answer does not hold the tool's result ({got!r})"
    return [found(context, "tool_call_lost", lost, confidence="medium")]


def _merged(findings: list[Finding], more: list[Finding]) -> list[Finding]:
    """The same shortfall of both turns is said once."""
    known = {f.id for f in findings}
    return findings + [f for f in more if f.id not in known or f.severity == "error"]


PROBE = Probe("protocol", "protocol", "Does the client's own kind of request come through, tools included?", run)
