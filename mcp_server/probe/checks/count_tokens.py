"""Are tokens counted, and is the number plausible? Optional: without it the client counts by other means."""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.probe import count_tokens
from mcp_server.probe.checks.ask import Question, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed, skipped
from mcp_server.probe.checks.small_answer import small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler
from mcp_server.redact import quote

_LONGER = 2_400
_QUESTION = Question("count_tokens", "count_tokens", "count_tokens_unsupported")


async def run(context: Context) -> Verdict:
    if not context.wire.counts_tokens:
        return skipped("this client counts by other means in this mode")
    try:
        short = await count_tokens.count(context, context.words.text_instruction)
        long = await count_tokens.count(context, f"{filler.text(_LONGER)}\n{context.words.text_instruction}")
    except NetFailure as failure:
        return judged(count_tokens.absent(context, quote(failure.detail, 160)).findings[0])
    for counted in (short, long):
        if isinstance(counted, str):
            return judged(count_tokens.absent(context, counted).findings[0])
    if isinstance(short, str) or isinstance(long, str):
        raise AssertionError("both are numbers here")
    billed = small_answer(context).said.input_tokens
    if long - short < _LONGER // 12:
        same = f"{_LONGER:,} more characters change the number by {long - short:,} only ({short:,} to {long:,})"
        return problem(context, _QUESTION, same, severity="warning")
    if billed and not billed / 4 <= short <= billed * 4:
        other = f"it says {short:,} tokens for a request that is billed as {billed:,}"
        return problem(context, _QUESTION, other, severity="warning", confidence="medium")
    return passed(f"{short:,} tokens for the small message, {long - short:,} more for a longer one")


CHECK = ProtocolCheck("count_tokens", "protocol", "Are tokens counted plausibly?", run, free)
