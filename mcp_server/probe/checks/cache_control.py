"""Are cache markers accepted where the client puts them: in the system blocks and in the newest message?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler

_QUESTION = Question("cache_control", "cache markers", "cache_control_rejected")


async def run(context: Context) -> Verdict:
    markers = [block["cache_control"] for block in context.shape.system if "cache_control" in block]
    if not markers:
        return skipped("this client sends no cache markers (DISABLE_PROMPT_CACHING)")
    request = small(context, context.words.text_instruction)
    system = [
        {"type": "text", "text": filler.text(74)},
        *({"type": "text", "text": filler.text(300), "cache_control": marker} for marker in markers),
    ]
    content = [{"type": "text", "text": context.words.text_instruction, "cache_control": markers[0]}]
    return await accepts(
        context, _QUESTION, {"system": system, "messages": [{"role": "user", "content": content}]}, request
    )


CHECK = ProtocolCheck("cache_control", "protocol", "Are system blocks with cache markers accepted?", run, costs(350))
