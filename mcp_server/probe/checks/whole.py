"""A message request without a stream: the answer whole, within a time of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_server.net.http import Reply
from mcp_server.probe.checks.ask import Request
from mcp_server.probe.context import Context


async def post_whole(
    context: Context,
    request: Request,
    seconds: float,
    *,
    credential: Mapping[str, str] | None = None,
    billed: bool = True,
) -> Reply:
    """Send ``request`` and wait at most ``seconds``. ``credential`` replaces the credential and custom headers."""
    from mcp_server.net.http import request as send

    path, headers, body = request
    context.ledger.requests += 1
    context.ledger.billed += 1 if billed else 0
    sent = context.wire.message(context.shape, path, headers, body)
    named = context.headers if credential is None else credential
    return await send(
        replace(context.route, timeout=seconds),
        "POST",
        sent.path,
        headers={**sent.headers, **named},
        json=sent.body,
        limit=1_000_000,
        deadline=seconds,
        sign=context.sign if credential is None else None,
    )


def message_of(context: Context, reply: Reply) -> dict[str, Any] | None:
    """The JSON message of an answer with status 200, its usage counted; ``None`` when it is none."""
    data = json_of(reply)
    if reply.status != 200 or data is None or data.get("type") != "message":
        return None
    usage = data.get("usage")
    if isinstance(usage, dict):
        for name, total in (("input_tokens", "input_tokens"), ("output_tokens", "output_tokens")):
            value = usage.get(name)
            if isinstance(value, int):
                setattr(context.ledger, total, getattr(context.ledger, total) + value)
    return data


def text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    return "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")


def json_of(reply: Reply) -> dict[str, Any] | None:
    """The JSON object in the body, else ``None``."""
    try:
        data = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
