"""Tells a buffering gateway from one that is slow to begin: only buffering makes a longer answer begin later."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server.net.route import NetFailure
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.probe.request.shape_request import build_small_request

#: A burst: everything within this share of the time to the first event.
_BURST_SHARE = 0.03
_NOTICEABLE_SECONDS = 0.7
_GROWTH_SECONDS = 0.25
#: How often a long answer is asked for before a gateway is said to buffer.
_ROUNDS = 2
#: What is asked for when the answer must be long.
LONG_INSTRUCTION = f"Answer with exactly: {' '.join(str(number) for number in range(100, 190))}"


def looks_buffered(said: Transcript) -> bool:
    """Nothing for a while, then everything at once. A short answer may really arrive like that."""
    if said.first_event is None or said.last_event is None or said.deltas < 2:
        return False
    span = said.last_event - said.first_event
    return said.first_event >= _NOTICEABLE_SECONDS and span <= max(_BURST_SHARE * said.first_event, 0.02)


def begins_late(shorts: Sequence[Transcript], longs: Sequence[Transcript]) -> bool:
    """Did every longer answer come as a burst, and begin clearly later than every short one?"""
    firsts = [said.first_event for said in shorts if said.first_event is not None]
    bursts = [said.first_event for said in longs if said.first_event is not None and looks_buffered(said)]
    if not firsts or len(bursts) < len(longs):
        return False
    return min(bursts) - max(firsts) >= _GROWTH_SECONDS


async def proves_buffering(context: Context, short: Transcript, long: Transcript | None = None) -> bool:
    """Ask for a longer text (unless ``long`` is one), and again while it begins later and comes as a burst.

    One slow answer proves nothing: a busy machine delays answers of any length.
    """
    shorts, longs = [short], [long] if long is not None else []
    for _ in range(_ROUNDS):
        if longs and not begins_late(shorts, longs):
            return False
        again = await _answer(context, context.words.text_instruction) if longs else None
        longer = await _answer(context, LONG_INSTRUCTION)
        if longer is None or (longs and again is None):
            return False
        shorts += [again] if again is not None else []
        longs.append(longer)
    return begins_late(shorts, longs)


async def _answer(context: Context, instruction: str) -> Transcript | None:
    path, headers, body = build_small_request(
        context.shape, context.model_name, instruction, 2_048, session_id=context.session_id
    )
    try:
        reply = await context.stream(path, headers, body)
    except NetFailure:
        return None
    said = read_stream(reply.events)
    context.ledger.input_tokens += said.input_tokens
    context.ledger.output_tokens += said.output_tokens
    return said if reply.status == 200 else None
