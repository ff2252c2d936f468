"""Is ``output_config`` accepted in a single message? Newer clients set the effort of each turn with it."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler

_QUESTION = Question("output_config_per_message", "output_config of one message", "body_field_rejected")


async def run(context: Context) -> Verdict:
    carrying = next((m for m in context.shape.messages if "output_config" in m), None)
    if carrying is None:
        return skipped("this client sends no output_config in messages for this model name")
    request = small(context, context.words.text_instruction)
    content = [{"type": "text", "text": filler.text(200)}]
    message = {"role": carrying["role"], "content": content, "output_config": carrying["output_config"]}
    return await accepts(context, _QUESTION, {"messages": [*request[2]["messages"], message]}, request)


CHECK = ProtocolCheck(
    "output_config_per_message", "protocol", "Is output_config accepted in a message?", run, costs(250)
)
