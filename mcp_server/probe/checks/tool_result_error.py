"""A tool result marked as an error: every failed command and every refused permission is one."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs
from mcp_server.probe.checks.tool_result import RESULT_TOKENS, accepts_result
from mcp_server.probe.context import Context

_QUESTION = Question("tool_result_error", "tool result marked is_error", "body_field_rejected")


async def run(context: Context) -> Verdict:
    return await accepts_result(context, _QUESTION, context.words.result, is_error=True)


CHECK = ProtocolCheck(
    "tool_result_error",
    "protocol",
    "Is a failed tool result accepted?",
    run,
    costs(RESULT_TOKENS),
    after=("tool_call",),
)
