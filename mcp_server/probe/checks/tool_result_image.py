"""A tool result that holds an image beside text, as when Claude Code reads a picture."""

from __future__ import annotations

import base64
import struct
import zlib

from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs
from mcp_server.probe.checks.tool_result import RESULT_TOKENS, accepts_result
from mcp_server.probe.context import Context

_QUESTION = Question("tool_result_image", "tool result with an image", "body_field_rejected")
_SIDE = 16


async def run(context: Context) -> Verdict:
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(_png()).decode("ascii")}
    blocks = [{"type": "text", "text": context.words.result}, {"type": "image", "source": source}]
    return await accepts_result(context, _QUESTION, blocks)


def _png() -> bytes:
    """A small grey square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\x80" * _SIDE) * _SIDE
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


CHECK = ProtocolCheck(
    "tool_result_image",
    "protocol",
    "Is an image in a tool result accepted?",
    run,
    costs(RESULT_TOKENS + 300),
    after=("tool_call",),
)
