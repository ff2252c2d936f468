"""InvokeModel for Claude: a Messages request without ``model`` and ``stream``, with ``anthropic_version``.

What the model refuses is told bare, as ``tools.11.custom.defer_loading: Extra inputs are not permitted``
(anthropics/claude-code issue 82549).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab import eventstream
from mcp_server.lab.bedrock_errors import validation
from mcp_server.lab.bedrock_models import FoundationModel

VERSION = "bedrock-2023-05-31"
_MALFORMED = "Malformed input request, please reformat your input and try again."


def betas(model: FoundationModel, body: Any) -> list[str]:
    """The names in ``anthropic_beta``.

    Raises:
        BedrockError: the body is not one of InvokeModel for Claude.
    """
    if not isinstance(body, dict):
        raise validation(_MALFORMED)
    if not model.claude:
        raise validation("The laboratory serves this model through Converse only.")
    version = body.get("anthropic_version")
    if version != VERSION:
        problem = "Field required" if version is None else f"Input should be {VERSION!r}"
        raise validation(f"anthropic_version: {problem}")
    for name in ("model", "stream"):
        if name in body:
            raise validation(f"{name}: Extra inputs are not permitted")
    named = body.get("anthropic_beta", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise validation("anthropic_beta: Input should be a valid list")
    return named


def as_messages(model: FoundationModel, body: dict[str, Any]) -> dict[str, Any]:
    """The same request as a Messages request."""
    plain = {key: value for key, value in body.items() if key not in ("anthropic_version", "anthropic_beta")}
    return {**plain, "model": model.id}


def counted(body: Any) -> Any:
    """The request inside one of CountTokens: base64 of JSON."""
    try:
        return json.loads(base64.b64decode(body, validate=True))
    except (ValueError, RecursionError):
        raise validation(_MALFORMED) from None


def chunks(message: dict[str, Any]) -> Iterator[bytes]:
    """The events of InvokeModelWithResponseStream: Anthropic's, each inside a chunk; the last one with counts."""
    usage = message["usage"]
    for event in messages.events(message):
        if event["type"] == "message_stop":
            event["amazon-bedrock-invocationMetrics"] = {
                "inputTokenCount": usage["input_tokens"],
                "outputTokenCount": usage["output_tokens"],
                "invocationLatency": 1,
                "firstByteLatency": 1,
                "cacheReadInputTokenCount": usage["cache_read_input_tokens"],
                "cacheWriteInputTokenCount": usage["cache_creation_input_tokens"],
            }
        content = base64.b64encode(json.dumps(event, separators=(",", ":")).encode()).decode("ascii")
        yield eventstream.event("chunk", {"bytes": content, "p": "abcdefgh"})
