"""A tool result whose content is plain text."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs
from mcp_server.probe.checks.tool_result import RESULT_TOKENS, accepts_result
from mcp_server.probe.context import Context

_QUESTION = Question("tool_result_text", "tool result as text", "tool_call_lost")


async def run(context: Context) -> Verdict:
    return await accepts_result(context, _QUESTION, context.words.result)


CHECK = ProtocolCheck(
    "tool_result_text",
    "protocol",
    "Is a tool result of plain text accepted?",
    run,
    costs(RESULT_TOKENS),
    after=("tool_call",),
)
