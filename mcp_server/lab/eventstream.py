"""Amazon's binary event stream (``application/vnd.amazon.eventstream``): messages with headers and two checksums.

Format: AWS's page on event stream encoding. total length · header length · CRC of these · headers · payload · CRC.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from starlette.responses import StreamingResponse

MEDIA_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message; header values are strings."""
    encoded = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    start = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + payload
    return start + struct.pack("!I", zlib.crc32(start))


def event(kind: str, content: Any) -> bytes:
    """An event whose payload is JSON."""
    return message({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, _json(content))


def exception(kind: str, text: str) -> bytes:
    """An error inside a stream that has begun; ``kind`` as ``throttlingException``."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, _json({"message": text}))


def stream(messages: Iterable[bytes], headers: dict[str, str] | None = None) -> StreamingResponse:
    """A 200 answer that sends the messages one by one."""

    async def parts() -> AsyncIterator[bytes]:
        for part in messages:
            yield part

    return StreamingResponse(parts(), media_type=MEDIA_TYPE, headers=headers)


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
