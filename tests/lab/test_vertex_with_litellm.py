"""The real LiteLLM in front of the Vertex emulator: what works with the right settings, and fails without them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import yaml

from mcp_server.catalogue.models import EIGHT, models
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import litellm_python

from .conftest import PROJECT

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

KEY = "sk-laboratory-0123456789"
HEADERS = {
    "authorization": f"Bearer {KEY}",
    "anthropic-version": "2023-06-01",
    "user-agent": "claude-cli/2.1.330 (external, sdk-cli)",
}
READ = {
    "name": "Read",
    "description": "Reads a file",
    "input_schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"path": {"type": "string"}, "limit": {"type": "integer", "exclusiveMinimum": 0}},
        "required": ["path"],
        "additionalProperties": False,
    },
}
ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a", "limit": 3}'
USER_ID = json.dumps({"device_id": "d" * 64, "account_uuid": "", "session_id": "s" * 36})
GONE = "gpt-oss-120b"
TOOL_USERS = [id_ for id_ in (*EIGHT, "gemini-3.5-flash") if models()[id_].tool_use]


def deployment(name: str, id_: str, **changes: Any) -> dict[str, Any]:
    """One entry of ``model_list``; a change to ``None`` takes the setting away."""
    model = models()[id_]
    place = {"vertex_project": PROJECT, "vertex_location": model.default_location}
    params = {"model": model.litellm_model, **place, **model.litellm_params, **changes}
    return {"model_name": name, "litellm_params": {key: value for key, value in params.items() if value is not None}}


@dataclass
class Gateway:
    url: str
    emulator: VertexEmulator

    async def ask(self, model: str, *messages: Any, **more: Any) -> httpx.Response:
        turns = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
        body = {"model": model, "max_tokens": 1000, "messages": turns, "metadata": {"user_id": USER_ID}, **more}
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            return await client.post(f"{self.url}/v1/messages?beta=true", json=body, headers=HEADERS)


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    folder = tmp_path_factory.mktemp("litellm")
    emulator = VertexEmulator(PROJECT, retired=[models()[GONE].upstream_model])
    with running(emulator) as upstream:
        credentials = emulator.identity.service_account(folder, f"{upstream}/token")
        deployments = [
            *(deployment(id_, id_) for id_ in (*EIGHT, "gemini-3.5-flash", GONE)),
            deployment("unlabelled", "gemini-2.5-pro", labels=None),
            deployment("chat-only", "codestral", allowed_openai_params=None),
            deployment("elsewhere", "gemini-2.5-pro", vertex_location="us-centrall1"),
            deployment("foreign", "gemini-2.5-pro", vertex_project="someone-else"),
        ]
        for each in deployments:
            each["litellm_params"] |= {"api_base": upstream, "vertex_credentials": str(credentials)}
        settings = {name: value for id_ in EIGHT for name, value in models()[id_].requires.items()}
        config = {
            "model_list": deployments,
            "litellm_settings": settings,
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": KEY},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        started = litellm_gateway(litellm_python(), folder / "config.yaml", environment={}, log=folder / "log")
        async with started as litellm:
            yield Gateway(litellm.base_url, emulator)


def streamed(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


@pytest.mark.parametrize("model", EIGHT)
async def test_each_of_the_eight_answers_with_text_whole_and_streamed(gateway: Gateway, model: str) -> None:
    words = "one two three four five six seven eight"
    plain = await gateway.ask(model, f"Answer with exactly: {words}")
    assert plain.status_code == 200, plain.text
    said = [block["text"] for block in plain.json()["content"] if block["type"] == "text"]
    events = streamed(await gateway.ask(model, f"Answer with exactly: {words}", stream=True))
    deltas = [event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta"]
    assert said == ["".join(deltas)] == [words]
    assert sum(bool(delta) for delta in deltas) > 1
    usage = next(event["usage"] for event in events if event["type"] == "message_delta")
    assert usage["output_tokens"] == plain.json()["usage"]["output_tokens"] >= len(words) // 4
    assert usage["input_tokens"] == plain.json()["usage"]["input_tokens"] > 0


@pytest.mark.parametrize("model", TOOL_USERS)
async def test_each_model_with_tool_use_completes_a_streamed_tool_round_trip(gateway: Gateway, model: str) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
    events = streamed(await gateway.ask(model, ORDER, tools=[READ], stream=True, **thinking))
    content = joined(events)
    [use] = [block for block in content if block["type"] == "tool_use"]
    assert (use["name"], use["input"]) == ("Read", {"path": "/a", "limit": 3})
    back = {"type": "tool_result", "tool_use_id": use["id"], "content": [{"type": "text", "text": "the note"}]}
    turns = (ORDER, {"role": "assistant", "content": content}, {"role": "user", "content": [back]})
    told = await gateway.ask(model, *turns, tools=[READ], **thinking)
    assert told.status_code == 200, told.text
    assert [b["text"] for b in told.json()["content"] if b["type"] == "text"] == ["The tool returned: the note"]


def joined(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The content blocks of a stream, as a client sends them back."""
    blocks: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "content_block_start":
            blocks.append({**event["content_block"], "input_json": ""})
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            for name, into in (("text", "text"), ("thinking", "thinking"), ("partial_json", "input_json")):
                blocks[-1][into] = blocks[-1].get(into, "") + delta.get(name, "")
            if "signature" in delta:
                blocks[-1]["signature"] = delta["signature"]
    kept = {
        "text": ("type", "text"),
        "thinking": ("type", "thinking", "signature"),
        "tool_use": ("type", "id", "name"),
    }
    content = [{name: block[name] for name in kept[block["type"]] if name in block} for block in blocks]
    for block, plain in zip(blocks, content, strict=True):
        if block["type"] == "tool_use":
            plain["input"] = json.loads(block["input_json"])
    return [block for block in content if block.get("text") != ""]


async def test_a_model_without_tool_use_gets_the_tools_and_calls_none(gateway: Gateway) -> None:
    gateway.emulator.forget()
    answer = await gateway.ask("llama-3.1-405b", ORDER, tools=[READ])
    assert [block["type"] for block in answer.json()["content"]] == ["text"]
    assert gateway.emulator.requests[-1].body["tools"][0]["function"]["name"] == "Read"


async def test_codestral_without_its_setting_never_sees_the_tools(gateway: Gateway) -> None:
    answer = await gateway.ask("chat-only", ORDER, tools=[READ])
    assert answer.json()["content"] == [{"type": "text", "text": 'The tool "Read" is not offered in this request.'}]


@pytest.mark.parametrize(
    ("model", "more", "status", "part"),
    [
        ("unlabelled", {}, 400, "Invalid label: 'user_id'"),
        ("gemini-2.5-pro", {"max_tokens": 128_000}, 400, "supported range is from 1 (inclusive) to 65536 (exclusive)"),
        ("llama-3.1-405b", {"max_tokens": 32_000}, 400, "supports from 1 to 2048"),
        (GONE, {}, 404, "was not found or your project does not have access to it"),
        ("elsewhere", {}, 404, "locations/us-centrall1/publishers/google/models/gemini-2.5-pro` was not found"),
        ("foreign", {}, 403, "Permission 'aiplatform.endpoints.predict' denied"),
    ],
    ids=["no labels", "limit of Gemini", "limit of Llama", "retired", "misspelt location", "foreign project"],
)
async def test_what_the_service_refuses_reaches_the_client_with_status_and_reason(
    gateway: Gateway, model: str, more: dict[str, Any], status: int, part: str
) -> None:
    answer = await gateway.ask(model, "hi", **more)
    assert answer.status_code == status, answer.text
    assert part in answer.json()["error"]["message"]


async def test_a_reminder_of_the_client_after_a_tool_result_is_refused_by_codestral_alone(gateway: Gateway) -> None:
    use = {"type": "tool_use", "id": "abcDEF123", "name": "Read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "abcDEF123", "content": "the note"}
    reminder = {"type": "text", "text": "<system-reminder>be brief</system-reminder>"}
    turns = (ORDER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result, reminder]})
    refused = await gateway.ask("codestral", *turns, tools=[READ])
    assert (refused.status_code, "Unexpected role 'user' after role 'tool'" in refused.text) == (400, True)
    assert (await gateway.ask("gemini-2.5-pro", *turns, tools=[READ])).status_code == 200
    assert (await gateway.ask("qwen3-235b", *turns, tools=[READ])).status_code == 200
