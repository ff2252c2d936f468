"""A message of role ``system`` in the middle of the conversation: how the client adds reminders and skill lists."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler

_QUESTION = Question("system_role", "message with role system", "system_role_rejected")


async def run(context: Context) -> Verdict:
    if not any(m["role"] == "system" for m in (*context.shape.messages, *context.shape.after_results)):
        return skipped("this client sends no such message for this model name")
    request = small(context, context.words.text_instruction)
    reminder = {"role": "system", "content": [{"type": "text", "text": filler.text(300)}]}
    return await accepts(context, _QUESTION, {"messages": [*request[2]["messages"], reminder]}, request)


CHECK = ProtocolCheck("system_role", "protocol", "Is role system accepted inside messages?", run, costs(250))
