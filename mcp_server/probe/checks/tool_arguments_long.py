"""Do several kilobytes of arguments arrive whole? Claude Code writes whole files through tool arguments."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.checks.tools import call_of, call_sentence, offering, tool
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_NAME = "store_numbered_lines"
_LINES = 90
_TOOL = tool(
    _NAME, "Stores a text of numbered lines. The result is one short text.", content={"type": "string"}
)  # the lines are numbered so that a model can copy them without losing its place
CONTENT = "\n".join(f"{number}: crate {number * 7} stands on shelf {number % 13}" for number in range(1, _LINES + 1))
_QUESTION = Question("tool_arguments_long", "long tool arguments", "tool_call_lost")


async def run(context: Context) -> Verdict:
    if "called" not in context.facts:
        return skipped("the model calls no tools at all (see tool_call)")
    request = offering(context, call_sentence(_NAME, {"content": CONTENT}), _TOOL)
    request[2]["max_tokens"] = 8_192
    answer = await ask(context, _QUESTION, request)
    if isinstance(answer, Verdict):
        return answer
    call = call_of(answer.said, _NAME)
    if call is None:
        missing = f"no call came (stop reason {quote(answer.said.stop_reason, 40)})"
        return problem(context, _QUESTION, missing, confidence="medium")
    if call.arguments is None:
        end = quote(call.raw[-40:], 60)
        return problem(context, _QUESTION, f"{len(call.raw):,} characters came that are no JSON object, up to {end!r}")
    content = call.arguments.get("content")
    if content == CONTENT:
        return passed(f"{len(CONTENT):,} characters came back unchanged")
    if not isinstance(content, str) or len(content) < len(CONTENT) // 2:
        size = len(content) if isinstance(content, str) else 0
        return problem(context, _QUESTION, f"only {size:,} of {len(CONTENT):,} characters came back")
    changed = f"{len(content):,} characters came back, not exactly the {len(CONTENT):,} asked for"
    return problem(context, _QUESTION, changed, severity="warning", confidence="medium")


CHECK = ProtocolCheck(
    "tool_arguments_long", "protocol", "Do long tool arguments arrive whole?", run, costs(3_600), after=("tool_call",)
)
