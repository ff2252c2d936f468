"""Is ``context_management`` accepted, as the client sends it beside thinking?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.checks.thinking import thinking_fields
from mcp_server.probe.context import Context

_QUESTION = Question("context_management", "context_management", "body_field_rejected")


async def run(context: Context) -> Verdict:
    field = context.shape.fields.get("context_management")
    if field is None:
        return skipped("this client does not send context_management")
    # Clearing of thinking is valid beside thinking only.
    return await accepts(context, _QUESTION, {**(thinking_fields(context) or {}), "context_management": field})


CHECK = ProtocolCheck("context_management", "protocol", "Is context_management accepted?", run, costs(700))
