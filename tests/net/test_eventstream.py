"""Amazon's binary event stream, read from arbitrary pieces, damaged, cut and with exceptions inside."""

from __future__ import annotations

import base64
import json
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from mcp_server.lab import eventstream as emulated
from mcp_server.net.eventstream import ChunkReader, EventStreamError, EventStreamParser

EVENTS = [
    {"type": "message_start", "message": {"id": "msg_1"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Zürich – 東京 🦊"}},
    {"type": "message_stop"},
]


def chunk(event: Any) -> bytes:
    return emulated.event("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abcdef"})


STREAM = b"".join(chunk(event) for event in EVENTS)


def read(stream: bytes, cut: Callable[[], int] = lambda: 10_000) -> ChunkReader:
    reader = ChunkReader()
    reader.events = []  # type: ignore[attr-defined]
    while stream:
        size = cut()
        reader.events += reader.feed(stream[:size], 1.5)  # type: ignore[attr-defined]
        stream = stream[size:]
    return reader


@pytest.mark.parametrize("seed", range(5))
def test_chunks_become_events_however_the_bytes_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    reader = read(STREAM, lambda: 1 if seed == 0 else chance.randint(1, 60))
    found = reader.events  # type: ignore[attr-defined]
    assert [(event.event, json.loads(event.data)) for event in found] == [(event["type"], event) for event in EVENTS]
    assert not reader.problem
    assert not reader.unfinished


@pytest.mark.parametrize("place", [0, 5, 9, 14, 40, len(STREAM) - 1])
def test_one_wrong_bit_ends_the_reading_and_is_told(place: int) -> None:
    damaged = bytearray(STREAM)
    damaged[place] ^= 1
    reader = read(bytes(damaged))
    assert "checksum" in reader.problem or "lengths" in reader.problem
    assert len(reader.events) < len(EVENTS)  # type: ignore[attr-defined]


def test_what_came_before_the_damage_is_kept() -> None:
    first, rest = chunk(EVENTS[0]), bytearray(chunk(EVENTS[1]))
    rest[-1] ^= 1
    reader = ChunkReader()
    assert [event.event for event in reader.feed(first + bytes(rest), 0.1)] == ["message_start"]
    assert reader.problem
    assert reader.feed(chunk(EVENTS[2]), 0.3) == []


def test_a_cut_stream_is_unfinished() -> None:
    assert read(STREAM[:-7]).unfinished


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("throttlingException", "rate_limit_error"),
        ("validationException", "invalid_request_error"),
        ("modelStreamErrorException", "api_error"),
    ],
)
def test_an_exception_inside_the_stream_is_an_error_event(name: str, kind: str) -> None:
    reader = read(chunk(EVENTS[0]) + emulated.exception(name, "Too many requests"))
    last = reader.events[-1]  # type: ignore[attr-defined]
    assert last.event == "error"
    assert json.loads(last.data)["error"] == {"type": kind, "message": f"{name}: Too many requests"}


@pytest.mark.parametrize(
    "message",
    [
        emulated.event("chunk", {"bytes": "%%%"}),
        emulated.event("chunk", {"other": 1}),
        emulated.event("chunk", ["bytes"]),
        emulated.event("chunk", {"bytes": base64.b64encode(b"no json").decode()}),
        emulated.event("chunk", {"bytes": base64.b64encode(b"\xff\xfe").decode()}),
        emulated.message({":message-type": "event"}, b"{}"),
    ],
)
def test_a_chunk_without_an_event_is_told(message: bytes) -> None:
    assert read(message).problem


def whole(total: int, head: int, rest: bytes) -> bytes:
    start = struct.pack(">II", total, head)
    return start + struct.pack(">I", zlib.crc32(start)) + rest


@pytest.mark.parametrize(("total", "head"), [(0, 0), (15, 0), (16, 1), (2**32 - 1, 0), (2**31, 2**31 - 20)])
def test_impossible_lengths_are_refused_at_once_and_nothing_is_collected(total: int, head: int) -> None:
    parser = EventStreamParser()
    with pytest.raises(EventStreamError, match="lengths"):
        list(parser.feed(whole(total, head, b"x" * 40)))


def test_headers_of_every_type_are_skipped_and_odd_ones_refused() -> None:
    def message(head: bytes) -> bytes:
        start = whole(16 + len(head), len(head), head)
        return start + struct.pack(">I", zlib.crc32(start))

    name = b"\x01n"
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    every = b"".join(name + bytes([kind]) + b"\0" * size for kind, size in sizes.items())
    every += name + b"\x06\x00\x02ab" + b"\x02ok" + b"\x07\x00\x03yes"
    assert next(EventStreamParser().feed(message(every))).headers == {"ok": "yes"}
    for broken in (name + b"\x63", name + b"\x07\x00\x09ab", b"\x05ab", name + b"\x07"):
        with pytest.raises(EventStreamError):
            list(EventStreamParser().feed(message(broken)))


def test_the_beginning_of_a_stream_is_recognised_whatever_its_content_type() -> None:
    assert ChunkReader().begins(STREAM[:20])
    assert not ChunkReader().begins(b"event: message_start\ndata: {}")
    assert not ChunkReader().begins(STREAM[:5])
