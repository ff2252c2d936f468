"""A tool result whose content is a list of blocks, the form that Claude Code uses for what it reads and finds."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs
from mcp_server.probe.checks.tool_result import RESULT_TOKENS, accepts_result
from mcp_server.probe.context import Context

_QUESTION = Question("tool_result_blocks", "tool result as a list of blocks", "tool_call_lost")


async def run(context: Context) -> Verdict:
    blocks = [{"type": "text", "text": context.words.result}, {"type": "text", "text": "(end of the value)"}]
    return await accepts_result(context, _QUESTION, blocks)


CHECK = ProtocolCheck(
    "tool_result_blocks",
    "protocol",
    "Is a tool result of several blocks accepted?",
    run,
    costs(RESULT_TOKENS),
    after=("tool_call",),
)
