"""Sends one message request, again where the server says that a moment later may be better."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from mcp_server.net.http import StreamReply
from mcp_server.net.route import NetFailure
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.probe.reply.refusal import Refusal, read_refusal
from mcp_server.probe.request.without_stream import ask_without_stream, falls_back
from mcp_server.redact import url

#: Tries of one request and seconds of waiting between them, altogether.
MAX_TRIES = 3
MAX_WAIT_SECONDS = 7.0
_PAUSES = (0.5, 1.5)
#: Seconds that all tries of one request may take before another one is no longer worth it.
MAX_SECONDS = 8.0
_MAX_HOPS = 2
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
    waited, begun = 0.0, time.monotonic()
    for pause in (*_PAUSES, None)[:MAX_TRIES]:
        try:
            reply = await _followed(context, path, headers, body)
        except NetFailure as failure:
            result.failure = failure
            return result
        transcript = read_stream(reply.events)
        context.ledger.input_tokens += transcript.input_tokens
        context.ledger.output_tokens += transcript.output_tokens
        refusal = _refusal(context, reply, transcript)
        if refusal is None:
            result.reply, result.transcript, result.passed = reply, transcript, True
            break
        result.reply, result.transcript = reply, transcript
        result.refusals.append(refusal)
        wait = _wait(refusal, pause)
        if wait is None or waited + wait > MAX_WAIT_SECONDS or wait > context.seconds_left:
            break
        if time.monotonic() - begun + wait + reply.total_seconds > MAX_SECONDS:
            break
        waited += wait
        await asyncio.sleep(wait)
    await _second_way(context, path, headers, body, result)
    if result.passed:
        context.refusals += result.refusals
    return result


async def _second_way(
    context: Context, path: str, headers: Mapping[str, str], body: Mapping[str, Any], result: Attempts
) -> None:
    """Where the client asks again without a stream, so do we; what was wrong with the stream is kept."""
    stream = result.transcript
    if result.reply is None or stream is None or not falls_back(context, result.reply, stream):
        return
    whole = await ask_without_stream(context, path, headers, body)
    if whole is not None:
        whole.given_up = stream
        result.transcript, result.passed = whole, True


async def _followed(context: Context, path: str, headers: Mapping[str, str], body: Any) -> StreamReply:
    """The answer, after the redirects that Claude Code follows with method and body kept (measured, 2.1.330)."""
    reply = await context.stream(path, headers, body)
    for _ in range(_MAX_HOPS):
        moved = _moved(context, reply, path)
        if moved is None:
            break
        said = f"{reply.status}, followed to {url(moved)}"
        context.route = replace(context.route, base_url=moved)
        reply = await context.stream(path, headers, body)
        if reply.status == 200:
            context.refusals.append(Refusal("redirect_to_login", said, 307))
    return reply


def _moved(context: Context, reply: StreamReply, path: str) -> str | None:
    """The base URL behind a redirect of this host, ``None`` where the client would not arrive with its credential.

    To another origin the client drops ``Authorization`` and keeps ``x-api-key``; to another host nothing is sent here.
    """
    if reply.status not in (307, 308):
        return None
    old = urlsplit(context.route.base_url)
    try:
        new = urlsplit(urljoin(f"{context.route.base_url.rstrip('/')}{path}", reply.headers.get("location", "")))
        ports = (old.port, new.port)
    except ValueError:
        return None
    tail = path.partition("?")[0]
    if new.hostname != old.hostname or new.scheme not in ("http", "https") or not new.path.endswith(tail):
        return None
    same_origin = new.scheme == old.scheme and ports[0] == ports[1]
    if new.scheme == "http" and old.scheme == "https":
        return None
    if not same_origin and "authorization" in context.headers:
        return None
    moved = f"{new.scheme}://{new.netloc}{new.path.removesuffix(tail)}"
    return None if moved.rstrip("/") == context.route.base_url.rstrip("/") else moved


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
