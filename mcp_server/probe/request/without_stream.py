"""The client's second way: when a stream fails before a block of it is whole, it asks again without a stream.

Measured with Claude Code 2.1.330 on the faults of the laboratory (docs/faults.md), and in the formats of Bedrock
(``/invoke``) and Vertex (``:rawPredict``) as well: streams that are cut, malformed, end
in an error or are none at all do not stop it, as long as the plain request is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_server.net.http import StreamReply
from mcp_server.net.route import NetFailure
from mcp_server.probe.context import STREAM_SECONDS, Context
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.probe.reply.whole import whole_message

_LIMIT = 1_000_000


def falls_back(context: Context, reply: StreamReply, said: Transcript) -> bool:
    """Would the client ask again? Not while it still waits, and not after it has shown a part of the answer."""
    waits = reply.ended == "limit" or reply.status // 100 != 2
    if waits or said.shown:
        return False
    if context.wire.guarded and context.wire.content_type not in reply.headers.get("content-type", ""):
        return False  # an answer of another type ends the turn (measured)
    unfinished = not said.complete and said.stop_reason is None
    return said.first_event is None or bool(said.problems) or unfinished or said.error is not None


async def ask_without_stream(
    context: Context, path: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> Transcript | None:
    """The transcript of the whole answer, marked as such; ``None`` when no message comes this way either."""
    from mcp_server.net.http import request

    plain = {key: value for key, value in body.items() if key != "stream"}
    sent = context.wire.message(context.shape, path, headers, plain)
    seconds = min(STREAM_SECONDS if context.small_request_passed else context.patience, context.seconds_left)
    context.ledger.requests += 1
    context.ledger.billed += 1
    try:
        reply = await request(
            replace(context.route, timeout=seconds),
            "POST",
            sent.path,
            headers={**sent.headers, **context.headers},
            json=sent.body,
            limit=_LIMIT,
            deadline=seconds,
            sign=context.sign,
        )
    except NetFailure:
        return None
    events = whole_message(reply.body, reply.total_seconds) if reply.status == 200 else []
    if not events:
        return None
    transcript = read_stream(events)
    context.ledger.input_tokens += transcript.input_tokens
    context.ledger.output_tokens += transcript.output_tokens
    return transcript
