"""The least calls that decide about a key of Anthropic or of a gateway: GET /v1/models, and LiteLLM's GET /key/info."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcp_server import redact
from mcp_server.effective.target import ClientTarget
from mcp_server.net.aws_live import LiveAnswer
from mcp_server.net.http import Reply, request
from mcp_server.net.route import NetFailure, route_of

LIVE_SECONDS = 8.0
_VERSION = "2023-06-01"


async def check_key(target: ClientTarget, helper_value: str | None, seconds: float = LIVE_SECONDS) -> LiveAnswer:
    """Ask the client's base URL for its models with the client's own credential headers. Free; prints no token."""
    route = route_of(target, timeout=seconds / 2)
    headers = {**target.auth_headers(helper_value), "anthropic-version": _VERSION, "accept": "application/json"}
    if any(h.get("Authorization", "").startswith("Bearer sk-ant-oat") for h in (headers,)):
        headers["anthropic-beta"] = "oauth-2025-04-20"
    asked = f"GET /v1/models at {redact.url(target.base_url.value)} (free)"
    try:
        reply = await request(route, "GET", "/v1/models", headers=headers, deadline=seconds)
        if reply.status != 200:
            return LiveAnswer(asked, said=f"API Error: {reply.status} {_text(reply)}")
        known = _models(reply)
        if known is None:
            return LiveAnswer(asked, unreached="the answer is no list of models, so it proves nothing about the key")
        if any(name.startswith("x-litellm-") for name in reply.headers):
            info = await request(route, "GET", "/key/info", headers=headers, deadline=seconds)
            asked = f"{asked}, GET /key/info (free)"
            known = f"{known}{_limits(info)}"
        return LiveAnswer(asked, ok=True, known_as=known)
    except NetFailure as failure:
        return LiveAnswer(asked, unreached=failure.detail)


def _text(reply: Reply) -> str:
    return reply.body[:4_000].decode("utf-8", "replace")


def _models(reply: Reply) -> str | None:
    try:
        data = json.loads(reply.body)["data"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(data, list):
        return None
    return f"the key is accepted; it lists {len(data)} model{'s' if len(data) != 1 else ''}"


def _limits(reply: Reply) -> str:
    """Expiry, budget and state of a LiteLLM key in words; nothing of the key itself."""
    try:
        info = json.loads(reply.body)["info"] if reply.status == 200 else {}
    except (ValueError, KeyError, TypeError):
        info = {}
    if not isinstance(info, Mapping):
        return ""
    told = [f"{word} {redact.quote(value, 40)}" for name, word in _WORDS.items() if (value := _plain(info.get(name)))]
    return f"; LiteLLM says: {', '.join(told)}" if told else ""


_WORDS = {
    "expires": "expires",
    "blocked": "blocked",
    "spend": "spent",
    "max_budget": "budget",
    "rpm_limit": "requests per minute",
    "tpm_limit": "tokens per minute",
}


def _plain(value: Any) -> str:
    return "" if value is None or value is False or isinstance(value, list | dict) else str(value)
