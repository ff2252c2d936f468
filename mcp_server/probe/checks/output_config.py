"""Is the effort in ``output_config`` accepted?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.context import Context

_QUESTION = Question("output_config", "output_config with an effort", "body_field_rejected")


async def run(context: Context) -> Verdict:
    field = context.shape.fields.get("output_config")
    if field is None:
        return skipped("this client sends no output_config for this model name")
    return await accepts(context, _QUESTION, {"output_config": field})


CHECK = ProtocolCheck("output_config", "protocol", "Is output_config accepted?", run, costs(250))
