"""What a run would send, without sending it (pure)."""

from __future__ import annotations

import json
from typing import Any

from mcp_server import redact
from mcp_server.answer import ConfigFile
from mcp_server.probe.context import Context
from mcp_server.probe.request.shape_request import build_messages_request, build_small_request
from mcp_server.probe.request.words import TOOL_NAME, tool_definition
from mcp_server.probe.upstream import SMALL_MAX_TOKENS

_LONG = 160


def free_requests(context: Context) -> list[str]:
    """The free requests of a level, in words."""
    wire = context.wire
    found = ["GET /health/liveliness"]
    if context.level in ("status", "health"):
        found.append(f"POST {wire.free('/v1/messages', {})[0]} with an empty body")
    if context.level != "status" and wire.lists_models:
        found.append("GET /v1/models (with the credential and once with a wrong one)")
    if context.level == "claude-code" and wire.counts_tokens:
        found.append(f"POST {wire.free('/v1/messages/count_tokens', {})[0]}")
    return found


def planned(context: Context) -> list[ConfigFile]:
    """The billed requests for ``context``'s model; credentials are described, long filler is counted."""
    words = context.words
    small = build_small_request(
        context.shape, context.model_name, words.text_instruction, SMALL_MAX_TOKENS, session_id=context.session_id
    )
    requests = [("a small message", small)]
    if context.level == "claude-code":
        call: list[dict[str, Any]] = [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "(as answered)", "name": TOOL_NAME, "input": words.arguments}],
            },
            {
                "role": "user",
                "content": [{"tool_use_id": "(as answered)", "type": "tool_result", "content": words.result}],
            },
        ]
        for what, history in (("the client's own kind of request, with a tool", []), ("the tool's result", call)):
            built = build_messages_request(
                context.shape,
                context.model_name,
                tool_definition(),
                words.tool_instruction,
                history,
                session_id=context.session_id,
            )
            requests.append((what, built))
    return [_shown(context, what, *request) for what, request in requests]


def _shown(context: Context, what: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> ConfigFile:
    sent = context.wire.message(context.shape, path, headers, body)
    size = len(json.dumps(sent.body, ensure_ascii=False).encode())
    credentials = {name: f"({redact.hint(value.removeprefix('Bearer '))})" for name, value in context.headers.items()}
    if context.signed_by:
        credentials["authorization"] = f"({context.signed_by}: computed for each request)"
    document = {"headers": {**sent.headers, **credentials}, "body": _shortened(sent.body)}
    return ConfigFile(
        path=f"POST {redact.url(context.route.base_url.rstrip('/') + sent.path)}",
        language="json",
        content=json.dumps(document, indent=1, ensure_ascii=False),
        why=f"{what}: {size:,} bytes, about {size // 4:,} tokens. Long texts are counted, not shown.",
    )


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONG else f"({len(value):,} characters)"
    if isinstance(value, dict):
        return {key: _shortened(part) for key, part in value.items()}
    if isinstance(value, list):
        if len(value) > 3 and all(isinstance(part, dict) and "input_schema" in part for part in value):
            return [_shortened(value[0]), f"({len(value) - 1} more tools)"]
        return [_shortened(part) for part in value]
    return value
