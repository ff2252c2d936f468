"""Does a call without arguments arrive as ``{}``? Gateways that translate lose such calls, or send no JSON."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.checks.tools import call_of, call_sentence, offering, tool
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_NAME = "list_open_crates"
_QUESTION = Question("tool_arguments_empty", "tool call without arguments", "tool_call_lost")


async def run(context: Context) -> Verdict:
    if "called" not in context.facts:
        return skipped("the model calls no tools at all (see tool_call)")
    request = offering(context, call_sentence(_NAME, {}), tool(_NAME, "Lists the open crates. It takes no input."))
    answer = await ask(context, _QUESTION, request)
    if isinstance(answer, Verdict):
        return answer
    call = call_of(answer.said, _NAME)
    if call is None:
        return problem(context, _QUESTION, "no call came back", confidence="medium")
    if call.arguments is None:
        return problem(context, _QUESTION, f"its input is no JSON object: {quote(call.raw, 80)!r}")
    if call.arguments:
        return problem(context, _QUESTION, f"its input is {quote(call.raw, 80)!r} instead of {{}}", severity="warning")
    return passed("{} arrived as {}")


CHECK = ProtocolCheck(
    "tool_arguments_empty", "protocol", "Does a call without arguments work?", run, costs(250), after=("tool_call",)
)
