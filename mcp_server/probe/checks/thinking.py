"""Is thinking accepted as the client asks for it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_server.probe.checks.ask import Question, accepts
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, skipped
from mcp_server.probe.context import Context

_QUESTION = Question("thinking", "thinking", "thinking_param_unsupported")
#: A fixed budget is lowered to the smallest one: the form is asked about, not the amount.
BUDGET = 1_024
MAX_TOKENS = 4_096


def thinking_fields(context: Context) -> dict[str, Any] | None:
    """The body fields of a small request that thinks like the client's; ``None`` when the client does not ask."""
    thinking = context.shape.fields.get("thinking")
    if not isinstance(thinking, Mapping) or thinking.get("type") == "disabled":
        return None
    asked = {**thinking, "budget_tokens": BUDGET} if "budget_tokens" in thinking else dict(thinking)
    return {"thinking": asked, "max_tokens": MAX_TOKENS}


async def run(context: Context) -> Verdict:
    fields = thinking_fields(context)
    if fields is None:
        return skipped("this client does not ask for thinking here")
    return await accepts(context, _QUESTION, fields)


CHECK = ProtocolCheck("thinking", "protocol", "Is thinking accepted as the client asks for it?", run, costs(700))
