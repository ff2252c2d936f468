"""Does the gateway count tokens? Optional: without it Claude Code counts by other means. Never an error."""

from __future__ import annotations

import json

from mcp_server.net.route import NetFailure
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.request.shape_request import build_headers
from mcp_server.redact import quote

_PATH = "/v1/messages/count_tokens?beta=true"
_BETA = "token-counting-2024-11-01"


async def run(context: Context) -> Outcome:
    if not context.wire.counts_tokens:
        return Outcome()  # in this mode Claude Code asks nobody
    try:
        counted = await count(context, context.words.text_instruction)
    except NetFailure as failure:
        return absent(context, quote(failure.detail, 160))
    if isinstance(counted, str):
        return absent(context, counted)
    context.facts["count_tokens"] = counted
    return Outcome()


async def count(context: Context, text: str) -> int | str:
    """The number of tokens of a message with ``text``; a sentence about what came instead. Raises NetFailure."""
    headers = build_headers(context.shape, context.session_id)
    headers["anthropic-beta"] = ",".join(filter(None, (headers.get("anthropic-beta", ""), _BETA)))
    body = {"model": context.model_name, "messages": [{"role": "user", "content": text}]}
    reply = await context.request("POST", _PATH, headers={**headers, **context.headers}, json=body)
    if reply.status != 200:
        return read_refusal(reply.status, reply.headers, reply.body, context.circumstances()).said
    try:
        data = json.loads(reply.body)
    except (ValueError, RecursionError):
        data = None
    number = data.get("input_tokens") if isinstance(data, dict) else None
    if not isinstance(number, int) or number <= 0:
        return f"200 without a number of tokens: {quote(reply.body.decode('utf-8', 'replace'), 80)}"
    return number


def absent(context: Context, said: str) -> Outcome:
    """Not served: told, but nothing that must be mended."""
    problem = f"counting tokens is not served ({said}); chat works without it"
    return Outcome(findings=[found(context, "count_tokens_unsupported", problem, severity="info")])


PROBE = Probe("count_tokens", "protocol", "Does the gateway count tokens (optional)?", run)
