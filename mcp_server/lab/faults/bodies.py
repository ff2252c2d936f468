"""Answers without end or measure: what is read of them must stay bounded."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse

from mcp_server.lab.faults.answers import instead
from mcp_server.lab.faults.base import Call, Fault, everything, messages

_MEGABYTE = 1 << 20
_GIGABYTE_PIECES = 1_024


async def _bomb() -> AsyncIterator[bytes]:
    """A gigabyte of spaces in one megabyte of gzip."""
    packer = zlib.compressobj(9, wbits=31)
    for _ in range(_GIGABYTE_PIECES):
        if piece := packer.compress(b" " * _MEGABYTE):
            yield piece
        await asyncio.sleep(0)
    yield packer.flush()


def _endless(start: bytes, piece: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        yield start
        for _ in range(_GIGABYTE_PIECES):
            yield piece * (_MEGABYTE // len(piece))

    return pieces


def _body(
    pieces: Callable[[], AsyncIterator[bytes]], content_type: str, encoding: str = ""
) -> Callable[[Call], Response]:
    headers = {"content-type": content_type, **({"content-encoding": encoding} if encoding else {})}
    return lambda _call: StreamingResponse(pieces(), headers=headers)


async def _not_gzip() -> AsyncIterator[bytes]:
    yield b'{"type": "message"}'


def _fault(id_: str, title: str, answer: Callable[[Call], Response], cause: str = "response_shape_invalid") -> Fault:
    everywhere = cause == "html_instead_of_api"
    layer = "route" if everywhere else "protocol"
    return Fault(id_, title, cause, layer, apply=instead(everything if everywhere else messages, answer))


FAULTS = (
    _fault("body-bomb", "a compressed bomb", _body(_bomb, "application/json", "gzip")),
    _fault("body-gigabyte", "a gigabyte of JSON", _body(_endless(b'{"data": "', b"x"), "application/json")),
    _fault("body-gigabyte-page", "a gigabyte of a web page",
           _body(_endless(b"<!doctype html><title>Sign in</title>", b"<p>x</p>"), "text/html"), "html_instead_of_api"),
    _fault("body-endless-events", "comments without end", _body(_endless(b"", b": x\n"), "text/event-stream")),
    _fault("body-not-gzip", "labelled gzip and is not", _body(_not_gzip, "application/json", "gzip")),
    _fault("body-brotli", "an encoding that nobody asked for", _body(_not_gzip, "text/event-stream", "br")),
)  # fmt: skip
