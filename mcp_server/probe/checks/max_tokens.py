"""Is the client's own ``max_tokens`` accepted? It may be larger than what the model behind the name can write."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, accepts
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs
from mcp_server.probe.context import Context

_QUESTION = Question("max_tokens", "max_tokens of the client", "max_tokens_exceeds_model")


async def run(context: Context) -> Verdict:
    limit = context.shape.fields["max_tokens"]
    question = Question(_QUESTION.check, f"max_tokens {limit:,}", _QUESTION.cause)
    return await accepts(context, question, {"max_tokens": limit})


CHECK = ProtocolCheck("max_tokens", "protocol", "Is the client's max_tokens accepted?", run, costs(250))
