"""Tells a buffering gateway from one that is slow to begin: only buffering makes a longer answer begin later."""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.probe.request.shape_request import build_small_request

#: A burst: everything within this share of the time to the first event.
_BURST_SHARE = 0.03
_NOTICEABLE_SECONDS = 0.7
_GROWTH_SECONDS = 0.25
_LONG_WORDS = 90


def looks_buffered(said: Transcript) -> bool:
    """Nothing for a while, then everything at once. A short answer may really arrive like that."""
    if said.first_event is None or said.last_event is None or said.deltas < 2:
        return False
    span = said.last_event - said.first_event
    return said.first_event >= _NOTICEABLE_SECONDS and span <= max(_BURST_SHARE * said.first_event, 0.02)


async def proves_buffering(context: Context, short: Transcript) -> bool:
    """Ask for a longer text: True when it begins later than the short one and again comes as a burst."""
    words = " ".join(f"{number}" for number in range(100, 100 + _LONG_WORDS))
    path, headers, body = build_small_request(
        context.shape, context.model_name, f"Answer with exactly: {words}", 2_048, session_id=context.session_id
    )
    try:
        reply = await context.stream(path, headers, body)
    except NetFailure:
        return False
    long = read_stream(reply.events)
    context.ledger.input_tokens += long.input_tokens
    context.ledger.output_tokens += long.output_tokens
    if reply.status != 200 or long.first_event is None or short.first_event is None:
        return False
    return looks_buffered(long) and long.first_event - short.first_event >= _GROWTH_SECONDS
