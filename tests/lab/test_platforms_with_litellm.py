"""The real LiteLLM in front of Bedrock, Claude on Vertex AI and Anthropic, driven by the real Claude Code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.run.claude import ask
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import claude_code, litellm_python, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

KEY, PROVIDER_KEY = "sk-gateway-of-this-test", "sk-provider-of-this-test"
NEWEST = versions()["claude_code"][0]
#: Route → the models behind it: the newest kind of Claude, and the one with a thinking budget.
ROUTES = {
    "bedrock": ("bedrock/us.anthropic.claude-opus-5-5", "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"),
    "converse": (
        "bedrock/converse/us.anthropic.claude-opus-5-5",
        "bedrock/converse/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
    "vertex": ("vertex_ai/claude-opus-5-5", "vertex_ai/claude-haiku-4-5@20251001"),
    "anthropic": ("anthropic/claude-opus-5-5", "anthropic/claude-haiku-4-5"),
}
KINDS = ("claude-opus-5-5", "claude-haiku-4-5")
NAMES = [f"{route}-{kind}" for route in ROUTES for kind in KINDS]


@dataclass
class Stack:
    url: str
    emulators: dict[str, Emulator]

    async def ask(self, model: str, text: str, path: str = "/v1/messages", **more: Any) -> httpx.Response:
        body = {"model": model, "max_tokens": 1000, "messages": [{"role": "user", "content": text}], **more}
        headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"}
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            return await client.post(f"{self.url}{path}", json=body, headers=headers)


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("litellm")
    bedrock, vertex, anthropic = BedrockEmulator(), VertexEmulator(), AnthropicEmulator(credential=PROVIDER_KEY)
    with running(bedrock) as aws, running(vertex) as google, running(anthropic) as provider:
        variables = bedrock.environment
        account = {
            "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
            "aws_region_name": variables["AWS_REGION"],
            "aws_bedrock_runtime_endpoint": aws,
        }
        project = {
            "vertex_project": vertex.project,
            "vertex_location": "global",
            "vertex_credentials": str(vertex.identity.service_account(folder, f"{google}/token")),
            "api_base": google,
        }
        places = {
            "bedrock": account,
            "converse": account,
            "vertex": project,
            "anthropic": {"api_base": provider, "api_key": PROVIDER_KEY},
        }
        deployments = [
            {"model_name": f"{route}-{kind}", "litellm_params": {"model": model, **places[route]}}
            for route, both in ROUTES.items()
            for kind, model in zip(KINDS, both, strict=True)
        ]
        bare = {"model": "bedrock/anthropic.claude-opus-5-5", **account}
        revoked = {"model": "bedrock/us.anthropic.claude-opus-5-5", **account, "aws_secret_access_key": "revoked"}
        config = {
            "model_list": [
                *deployments,
                {"model_name": "bare-id", "litellm_params": bare},
                {"model_name": "revoked", "litellm_params": revoked},
            ],
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": KEY},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        started = litellm_gateway(litellm_python(), folder / "config.yaml", environment={}, log=folder / "log")
        async with started as gateway:
            upstream: dict[str, Emulator] = {"bedrock": bedrock, "vertex": vertex, "anthropic": anthropic}
            yield Stack(gateway.base_url, upstream)


async def test_every_route_answers_whole_and_streamed_with_the_same_text(stack: Stack) -> None:
    words = "one two three four five six seven eight"
    order = f"Answer with exactly: {words}"
    whole = await asyncio.gather(*(stack.ask(name, order) for name in NAMES))
    streams = await asyncio.gather(*(stack.ask(name, order, stream=True) for name in NAMES))
    assert {name: text_of(answer) for name, answer in zip(NAMES, whole, strict=True)} == dict.fromkeys(NAMES, words)
    assert {name: streamed(answer) for name, answer in zip(NAMES, streams, strict=True)} == dict.fromkeys(NAMES, words)


def text_of(answer: httpx.Response) -> str:
    if answer.status_code != 200:
        return answer.text
    return "".join(block.get("text", "") for block in answer.json()["content"])


def streamed(answer: httpx.Response) -> str:
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    return "".join(e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta") or answer.text


async def test_the_real_client_finishes_a_tool_round_trip_on_every_route(stack: Stack, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("the word is heliotrope\n", encoding="utf-8")
    order = f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
    environment = {"ANTHROPIC_BASE_URL": stack.url, "ANTHROPIC_AUTH_TOKEN": KEY}
    gate = asyncio.Semaphore(3)

    async def one(name: str) -> str:
        async with gate:
            own = {**environment, "ANTHROPIC_MODEL": name}
            home = tmp_path / name
            return (await ask(claude_code(NEWEST), order, home=home, project=tmp_path, environment=own)).text

    replies = dict(zip(NAMES, await asyncio.gather(*map(one, NAMES)), strict=True))
    assert {name: reply for name, reply in replies.items() if "the word is heliotrope" not in reply} == {}


async def test_tokens_are_counted_by_the_provider_on_every_route(stack: Stack) -> None:
    """LiteLLM falls back to an estimate of its own when a provider refuses to count."""
    answers = await asyncio.gather(*(stack.ask(name, "hello", "/v1/messages/count_tokens") for name in NAMES))
    sources = {name: answer.json()["litellm_count_source"] for name, answer in zip(NAMES, answers, strict=True)}
    assert {name for name, source in sources.items() if source == "local_estimate"} == set()


@pytest.mark.parametrize(
    ("model", "status", "part"),
    [
        ("bare-id", 400, "Invocation of model ID anthropic.claude-opus-5-5 with on-demand throughput"),
        ("revoked", 403, "The request signature we calculated does not match the signature you provided"),
    ],
)
async def test_a_refusal_of_bedrock_reaches_the_client_with_its_reason(
    stack: Stack, model: str, status: int, part: str
) -> None:
    answer = await stack.ask(model, "hi")
    assert answer.status_code == status, answer.text
    assert part in answer.json()["error"]["message"]


async def test_an_outage_of_each_provider_reaches_the_client_as_its_own_status(stack: Stack) -> None:
    for emulator in stack.emulators.values():
        emulator.fault(None, 503, times=1)
    names = [f"{route}-{KINDS[0]}" for route in ("bedrock", "vertex", "anthropic")]
    answers = await asyncio.gather(*(stack.ask(name, "hi") for name in names))
    assert {name: answer.status_code for name, answer in zip(names, answers, strict=True)} == dict.fromkeys(names, 503)
