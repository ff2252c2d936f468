"""Ways in which the bytes of a stream leave: late, in drips, cut, collected, in another encoding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from mcp_server.lab.faults.base import Event, wire

#: Seconds that nobody waits.
LONG = 120.0
#: Seconds in which everything sent has arrived: what a reader makes of a cut must not depend on who is faster.
ARRIVED = 0.3
Pieces = Callable[[list[Event]], AsyncIterator[bytes]]


async def relayed(events: list[Event]) -> AsyncIterator[bytes]:
    for event in events:
        yield wire(event)


def after(seconds: float) -> Pieces:
    """Nothing for ``seconds``, then the stream."""

    async def pieces(events: list[Event]) -> AsyncIterator[bytes]:
        await asyncio.sleep(seconds)
        async for piece in relayed(events):
            yield piece

    return pieces


async def stalled(events: list[Event]) -> AsyncIterator[bytes]:
    for event in events[:4]:
        yield wire(event)
    await asyncio.sleep(LONG)


async def pings_only(events: list[Event]) -> AsyncIterator[bytes]:
    yield wire(events[0])
    for _ in range(int(LONG)):
        yield wire(("ping", {"type": "ping"}))
        await asyncio.sleep(1)


async def dripping(events: list[Event]) -> AsyncIterator[bytes]:
    for byte in b"".join(wire(event) for event in events):
        yield bytes([byte])
        await asyncio.sleep(1)


async def cut(events: list[Event]) -> AsyncIterator[bytes]:
    for event in _to_first_delta(events):
        yield wire(event)
    await asyncio.sleep(ARRIVED)
    raise ConnectionAbortedError


async def cut_inside_event(events: list[Event]) -> AsyncIterator[bytes]:
    *whole, last = _to_first_delta(events)
    for event in whole:
        yield wire(event)
    yield wire(last)[:-20]


async def cut_late(events: list[Event]) -> AsyncIterator[bytes]:
    """After the first block: the client has shown it already."""
    end = next(number for number, event in enumerate(events) if event[0] == "content_block_stop")
    for event in events[: end + 1]:
        yield wire(event)
    await asyncio.sleep(ARRIVED)
    raise ConnectionAbortedError


def _to_first_delta(events: list[Event]) -> list[Event]:
    first = next(number for number, event in enumerate(events) if event[0] == "content_block_delta")
    return events[: first + 1]


async def collected(events: list[Event]) -> AsyncIterator[bytes]:
    """What a buffering proxy does: the longer the answer, the later it begins, and then all at once."""
    said = sum(len(str(data.get("delta", ""))) for _, data in events if isinstance(data, dict))
    await asyncio.sleep(min(0.75 + said / 500, 1.6))
    yield b"".join(wire(event) for event in events)


async def latin1(events: list[Event]) -> AsyncIterator[bytes]:
    for name, data in _with_letters(events):
        text = json.dumps(data, ensure_ascii=False).encode("latin-1", "replace").decode("latin-1")
        yield wire((name, text)).decode("utf-8").encode("latin-1")


def _with_letters(events: list[Event]) -> list[Event]:
    """Tool arguments in one piece, their letters themselves instead of escapes, as many models write them."""
    deltas = [data["delta"] for name, data in events if name == "content_block_delta"]
    parts = [delta["partial_json"] for delta in deltas if "partial_json" in delta]
    if not parts:
        return events
    whole = json.dumps(json.loads("".join(parts)), ensure_ascii=False)
    first = next(n for n, (_, data) in enumerate(events) if "partial_json" in data.get("delta", {}))
    index = events[first][1]["index"]
    delta = {"type": "input_json_delta", "partial_json": whole}
    joined = ("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
    rest = [event for event in events[first:] if "partial_json" not in event[1].get("delta", {})]
    return [*events[:first], joined, *rest]


async def utf16(events: list[Event]) -> AsyncIterator[bytes]:
    for event in events:
        yield wire(event).decode().encode("utf-16-le")
