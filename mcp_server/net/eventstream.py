"""Amazon's binary event stream (``application/vnd.amazon.eventstream``), read piece by piece and within bounds.

Source: the Smithy specification of the format. A message is: total length, length of the headers (4 bytes each),
CRC-32 of these eight bytes, headers, payload, CRC-32 of all before it; numbers are big-endian.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_server.net.body import SseEvent

CONTENT_TYPE = "application/vnd.amazon.eventstream"
#: The format's own limits.
MAX_MESSAGE = 24 * 1024 * 1024
MAX_HEADERS = 128 * 1024

_PRELUDE = 12
_STRING = 7
#: Header value type → length in bytes; 6 and 7 carry their own length.
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


@dataclass(frozen=True)
class Message:
    """One message. Values of headers that are no text are left out."""

    headers: Mapping[str, str]
    payload: bytes


class EventStreamError(ValueError):
    """The bytes are no event stream; the text says why and holds nothing of them."""


class EventStreamParser:
    """Messages out of arbitrary byte pieces, both checksums verified."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Messages completed by ``piece``, one by one: those before a fault are handed out.

        Raises:
            EventStreamError: a checksum is wrong, or the lengths make no sense. Nothing after that can be read.
        """
        self._rest += piece
        while len(self._rest) >= _PRELUDE:
            total, head, checksum = struct.unpack_from(">III", self._rest)
            if zlib.crc32(self._rest[:8]) != checksum:
                raise EventStreamError("the checksum of a message's first bytes is wrong")
            if total > MAX_MESSAGE or head > MAX_HEADERS or total < _PRELUDE + head + 4:
                raise EventStreamError("a message gives lengths that cannot be")
            if len(self._rest) < total:
                break
            whole, self._rest = self._rest[:total], self._rest[total:]
            if zlib.crc32(whole[:-4]) != struct.unpack(">I", whole[-4:])[0]:
                raise EventStreamError("the checksum of a message is wrong")
            yield Message(_headers(whole[_PRELUDE : _PRELUDE + head]), whole[_PRELUDE + head : -4])

    @property
    def unfinished(self) -> bool:
        """True when the stream stopped inside a message."""
        return bool(self._rest)


#: Exceptions inside a stream → the error type that Anthropic's own stream uses for it.
_EXCEPTIONS = {
    "throttlingexception": "rate_limit_error",
    "validationexception": "invalid_request_error",
    "accessdeniedexception": "permission_error",
    "serviceunavailableexception": "overloaded_error",
    "modeltimeoutexception": "timeout_error",
}


class ChunkReader:
    """Bedrock's messages as the events of a Messages stream: each chunk holds one event as base64 text of its JSON."""

    content_type = CONTENT_TYPE

    def __init__(self) -> None:
        self._parser = EventStreamParser()
        self.problem = ""

    def feed(self, piece: bytes, now: float) -> list[SseEvent]:
        """Events completed by ``piece``; none after a fault, which ``problem`` tells."""
        found: list[SseEvent] = []
        if self.problem:
            return found
        try:
            for message in self._parser.feed(piece):
                found.append(self._event(message, now))
        except EventStreamError as fault:
            self.problem = str(fault)
        return found

    def begins(self, head: bytes) -> bool:
        """Do the first bytes look like a message: sensible lengths and the checksum over them?"""
        return len(head) >= _PRELUDE and zlib.crc32(head[:8]) == struct.unpack_from(">I", head, 8)[0]

    @property
    def unfinished(self) -> bool:
        """True when the stream stopped inside a message, or could not be read to its end."""
        return self._parser.unfinished

    def _event(self, message: Message, now: float) -> SseEvent:
        kind = message.headers.get(":message-type")
        if kind in ("exception", "error"):
            return SseEvent(now, "error", json.dumps({"type": "error", "error": _refusal(message)}))
        if ":event-type" not in message.headers:
            raise EventStreamError("a message names no :event-type")
        try:
            inner = base64.b64decode(json.loads(message.payload)["bytes"], validate=True).decode("utf-8")
            data = json.loads(inner)
        except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
            raise EventStreamError("a message holds no event of a Messages stream") from None
        return SseEvent(now, str(data.get("type", "message")) if isinstance(data, dict) else "message", inner)


def _refusal(message: Message) -> dict[str, str]:
    """An exception inside the stream in the shape of Anthropic's error object."""
    name = message.headers.get(":exception-type") or message.headers.get(":error-code") or "error"
    said = message.headers.get(":error-message", "")
    try:
        data = json.loads(message.payload or b"{}")
        said = str(data.get("message") or said) if isinstance(data, dict) else said
    except (ValueError, RecursionError):
        said = said or message.payload[:200].decode("utf-8", "replace")
    return {"type": _EXCEPTIONS.get(name.lower(), "api_error"), "message": f"{name}: {said}"}


def _headers(block: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    try:
        while at < len(block):
            size = block[at]
            name = block[at + 1 : at + 1 + size].decode("utf-8", "replace")
            at += 1 + size
            kind = block[at]
            at += 1
            if kind in (6, 7):
                (length,) = struct.unpack_from(">H", block, at)
                at += 2
            elif kind in _FIXED:
                length = _FIXED[kind]
            else:
                raise EventStreamError("a message header has an unknown type")
            if at + length > len(block):
                raise EventStreamError("a message header is longer than the headers")
            if kind == _STRING:
                found[name] = block[at : at + length].decode("utf-8", "replace")
            at += length
    except (IndexError, struct.error):
        raise EventStreamError("a message header breaks off") from None
    return found
