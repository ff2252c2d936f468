"""Sends one message request, again where the server says that a moment later may be better."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.net.http import StreamReply
from mcp_server.net.route import NetFailure
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.probe.reply.refusal import Refusal, read_refusal

#: Tries of one request and seconds of waiting between them, altogether.
MAX_TRIES = 3
MAX_WAIT_SECONDS = 7.0
_PAUSES = (0.5, 1.5)
#: Statuses that stand for the error types of a stream.
_ERROR_STATUS = {
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "invalid_request_error": 400,
    "overloaded_error": 529,
}


@dataclass
class Attempts:
    """The outcome: a reply with its transcript, or the failure or refusals that prevented one."""

    reply: StreamReply | None = None
    transcript: Transcript | None = None
    failure: NetFailure | None = None
    refusals: list[Refusal] = field(default_factory=list)
    passed: bool = False
    """A 200 answer without an error event came back."""

    @property
    def decisive(self) -> Refusal:
        """The refusal to report: a cooldown only hides the one before or after it."""
        real = [r for r in self.refusals if r.cause != "all_deployments_cooling_down"]
        lasting = [r for r in real if not r.transient]
        return (lasting or real or self.refusals)[0]


async def send_message(context: Context, path: str, headers: Mapping[str, str], body: Any) -> Attempts:
    """Send the request; repeat it after a transient refusal, within ``MAX_TRIES`` and ``MAX_WAIT_SECONDS``."""
    result = Attempts()
    waited = 0.0
    for pause in (*_PAUSES, None)[:MAX_TRIES]:
        try:
            reply = await context.stream(path, headers, body)
        except NetFailure as failure:
            result.failure = failure
            return result
        transcript = read_stream(reply.events)
        context.ledger.input_tokens += transcript.input_tokens
        context.ledger.output_tokens += transcript.output_tokens
        refusal = _refusal(context, reply, transcript)
        if refusal is None:
            result.reply, result.transcript, result.passed = reply, transcript, True
            context.refusals += result.refusals
            return result
        result.reply, result.transcript = reply, transcript
        result.refusals.append(refusal)
        wait = _wait(refusal, pause)
        if wait is None or waited + wait > MAX_WAIT_SECONDS or wait > context.seconds_left:
            break
        waited += wait
        await asyncio.sleep(wait)
    return result


def _refusal(context: Context, reply: StreamReply, transcript: Transcript) -> Refusal | None:
    known = context.circumstances()
    if reply.status != 200:
        return read_refusal(reply.status, reply.headers, reply.body_head, known)
    if transcript.error is not None:
        kind = str(transcript.error.get("type", ""))
        status = _ERROR_STATUS.get(kind, 500)
        whole = {"type": "error", "error": transcript.error}
        return read_refusal(status, {}, json.dumps(whole).encode(), known)
    return None


def _wait(refusal: Refusal, pause: float | None) -> float | None:
    """Seconds before the next try, ``None`` for no next try."""
    if not refusal.transient or pause is None:
        return None
    if refusal.wait_seconds is not None:
        # A little longer than told: the server's clock started before ours.
        return max(refusal.wait_seconds + 0.2, pause)
    return pause
