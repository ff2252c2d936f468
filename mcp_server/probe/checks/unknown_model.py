"""Is a model name that does not exist refused, instead of being answered by another model?"""

from __future__ import annotations

import secrets

from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import read_stream
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.redact import quote

_QUESTION = Question("unknown_model", "unknown model name", "wrong_model_answered")


async def run(context: Context) -> Verdict:
    name = f"no-such-model-{secrets.token_hex(4)}"
    try:
        reply = await context.stream(*small(context, "Say yes.", 16, model=name))
    except NetFailure as failure:
        return problem(context, _QUESTION, f"no answer at all: {quote(failure.detail, 160)}", severity="warning")
    said = read_stream(reply.events)
    context.ledger.input_tokens += said.input_tokens
    context.ledger.output_tokens += said.output_tokens
    if reply.status == 200 and said.error is None:
        answered = f"answered by {quote(said.model or 'an unnamed model', 80)} instead of being refused"
        return problem(context, _QUESTION, answered, severity="warning")
    if reply.status in (400, 403, 404, 422) or said.error is not None:
        return passed(f"refused with {reply.status if reply.status != 200 else 'an error event'}")
    refusal = read_refusal(reply.status, reply.headers, reply.body_head, context.circumstances())
    odd = f"refused with {refusal.said}, which reads like a passing fault, so the client repeats it"
    return problem(context, _QUESTION, odd, severity="warning")


CHECK = ProtocolCheck("unknown_model", "model", "Is an unknown model name refused?", run)
