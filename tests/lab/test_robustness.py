"""Over a thousand broken bodies: an emulator answers each as its provider would, never with a failure of its own."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator

from .conftest import Vertex

pytestmark = pytest.mark.anyio

ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'
CALL = {"id": "abcDEF123", "type": "function", "function": {"name": "Read", "arguments": '{"a": 1}'}}
CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "s"}]},
        {"role": "user", "content": ORDER},
        {"role": "assistant", "content": "x", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "abcDEF123", "content": "r"},
    ],
    "tools": [{"type": "function", "function": {"name": "Read", "parameters": {"type": "object"}}}],
    "max_tokens": 50,
    "stream": False,
}
GEMINI: dict[str, Any] = {
    "contents": [
        {"role": "user", "parts": [{"text": ORDER}]},
        {
            "role": "model",
            "parts": [{"functionCall": {"name": "Read", "args": {"a": [1]}}, "thoughtSignature": "aaaa"}],
        },
        {"role": "user", "parts": [{"functionResponse": {"name": "Read", "response": {"content": "x"}}}]},
    ],
    "tools": [
        {
            "functionDeclarations": [
                {"name": "Read", "parameters": {"type": "OBJECT", "properties": {"a": {"enum": ["b"]}}}}
            ]
        }
    ],
    "generationConfig": {"maxOutputTokens": 10, "thinkingConfig": {"includeThoughts": True}, "stopSequences": ["x"]},
    "labels": {"a": "b"},
}
MESSAGES: dict[str, Any] = {
    "model": "m",
    "max_tokens": 50,
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": ORDER}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {"a": 1}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "r"}]}],
        },
    ],
    "tools": [{"name": "Read", "input_schema": {"type": "object"}, "defer_loading": False}],
    "stream": False,
}
NATIVE = {key: value for key, value in MESSAGES.items() if key not in ("model", "stream")} | {
    "tools": [{"name": "Read", "input_schema": {"type": "object"}}]
}
CONVERSE: dict[str, Any] = {
    "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
    "messages": [
        {"role": "user", "content": [{"text": ORDER}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "Read", "input": {"a": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "r"}, {"json": {}}]}}]},
    ],
    "toolConfig": {"tools": [{"toolSpec": {"name": "Read", "inputSchema": {"json": {"type": "object"}}}}]},
    "inferenceConfig": {"maxTokens": 50, "stopSequences": ["x"]},
    "additionalModelRequestFields": {"thinking": {"type": "adaptive"}, "anthropic_beta": ["effort-2025-11-24"]},
}
ODD = [None, True, 0, -1, 1.5, 10**30, "", "ü", [], {}, [[]], {"a": 1}, [1], "user", {"role": "user"}, 1e308]
BETA = "context-management-2025-06-27"
BASE = Vertex.base()
TARGETS = [
    (f"{BASE}/endpoints/openapi/chat/completions", {**CHAT, "model": "deepseek-ai/deepseek-r1-0528-maas"}),
    (f"{BASE}/publishers/mistralai/models/codestral-2:rawPredict", {**CHAT, "model": "codestral-2"}),
    (f"{BASE}/publishers/google/models/gemini-2.5-pro:generateContent", GEMINI),
    (f"{BASE}/publishers/google/models/gemini-3.5-flash:streamGenerateContent?alt=sse", GEMINI),
    (f"{BASE}/publishers/google/models/gemini-2.5-pro:countTokens", {"contents": GEMINI["contents"]}),
    (
        f"{BASE}/publishers/anthropic/models/claude-haiku-4-5:rawPredict",
        {**NATIVE, "anthropic_version": "vertex-2023-10-16"},
    ),
    ("/model/us.anthropic.claude-opus-5-5/invoke", {**NATIVE, "anthropic_version": "bedrock-2023-05-31"}),
    ("/model/us.anthropic.claude-opus-5-5/converse", CONVERSE),
    (
        "/model/us.anthropic.claude-opus-5-5/count-tokens",
        {"input": {"converse": {"messages": CONVERSE["messages"][:1]}}},
    ),
    ("/v1/messages", MESSAGES),
    ("/v1/messages/count_tokens", MESSAGES),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def broken(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """``body`` with one to three places removed, doubled or replaced."""
    body = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 2, 3))):
        *way, last = chance.choice(list(places(body)) or [("messages",)])
        holder: Any = body
        for step in way:
            holder = holder[step]
        kind = chance.random()
        if kind < 0.25:
            holder.pop(last, None) if isinstance(holder, dict) else holder.pop(last)
        elif kind < 0.35 and isinstance(holder, list):
            holder.append(copy.deepcopy(chance.choice(holder)))
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    return body


def target_of(path: str, vertex: Vertex) -> tuple[Emulator, str]:
    """The emulator that has the path, and a token that it takes."""
    if path.startswith("/v1/messages"):
        return AnthropicEmulator(), "any"
    if path.startswith("/model/"):
        bedrock = BedrockEmulator()
        return bedrock, bedrock.api_key
    return vertex.emulator, vertex.token


@pytest.mark.parametrize(("path", "body"), TARGETS, ids=[path.rsplit("/", 1)[-1] for path, _ in TARGETS])
async def test_no_body_makes_an_emulator_fail(vertex: Vertex, tmp_path: Path, path: str, body: dict[str, Any]) -> None:
    app, token = target_of(path, vertex)
    headers = {"authorization": f"Bearer {token}", "anthropic-version": "2023-06-01", "anthropic-beta": BETA}
    chance = random.Random(path)
    seen = set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lab") as client:
        assert (await client.post(path, json=body, headers=headers)).status_code == 200
        for _ in range(200):
            answer = await client.post(path, json=broken(body, chance), headers=headers)
            seen.add(answer.status_code)
    assert seen <= {200, 400, 404, 422}
    assert seen & {400, 422}, "the broken bodies were not broken enough"
