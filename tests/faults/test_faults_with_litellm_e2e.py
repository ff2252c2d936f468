"""The real LiteLLM in the middle: faults before it and faults behind it, each named as a person must change it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import yaml

from mcp_server.catalogue.load import causes
from mcp_server.catalogue.models import models
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.faults import FAULTS, Fault, providers, serve
from mcp_server.lab.relay import Relay
from mcp_server.lab.serve import running
from mcp_server.lab.up import GEMINI, anthropic_deployment, bedrock_deployment, vertex_deployment
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import litellm_python
from mcp_server.snapshot import Snapshot
from tests.faults.laboratory import CLIENT, MODEL, Run, run

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

KEY = "sk-" + "gateway-key-of-the-faults"
PROVIDER_KEY = "provider-key-of-the-faults"
BEDROCK = "claude-on-bedrock"
_SIDE_BY_SIDE = 4

#: Before LiteLLM: what does not need a strict provider behind it to show.
BEFORE = (
    *("tcp-reset-after-request", "proxy-407", "proxy-403", "tls-self-signed", "tls-client-certificate"),
    *("redirect-302", "html-200", "html-403", "html-502", "empty-200", "openai-answer", "key-401-litellm"),
    *("credential-stripped", "body-limit", "header-limit", "limit-429-once"),
    *("overloaded-529", "stream-stalled", "stream-cut", "stream-no-stop", "stream-reordered", "stream-doubled"),
    *("stream-wrong-model", "tools-stripped", "tool-result-dropped", "tool-arguments-dropped", "stream-canned"),
    *("path-v1-doubled", "tls-none", "tls-unexpected", "stream-no-usage"),
)
BEHIND = providers.FAULTS


@dataclass
class Stack:
    url: str

    def snapshot(self, base_url: str, environment: dict[str, str] | None = None) -> Snapshot:
        shell = {"ANTHROPIC_BASE_URL": base_url, "ANTHROPIC_AUTH_TOKEN": KEY}
        return Snapshot(shell={**shell, "ENABLE_TOOL_SEARCH": "false", **(environment or {})}, client_version=CLIENT)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("litellm")
    claude, vertex, bedrock = AnthropicEmulator(credential=PROVIDER_KEY), VertexEmulator(), BedrockEmulator()
    with ExitStack() as held:
        google = held.enter_context(running(vertex))
        credentials = vertex.identity.service_account(folder, f"{google}/token")
        aws = held.enter_context(running(bedrock))
        parameters = {
            MODEL: anthropic_deployment(held.enter_context(running(claude)), PROVIDER_KEY),
            GEMINI: vertex_deployment(google, vertex.project, credentials),
            BEDROCK: bedrock_deployment(aws, bedrock.environment),
        }
        for fault in BEHIND:
            on_google = fault in providers.GOOGLE
            url = held.enter_context(serve(vertex if on_google else claude, [fault.id])).base_url
            parameters[fault.id] = (
                vertex_deployment(url, vertex.project, credentials)
                if on_google
                else anthropic_deployment(url, PROVIDER_KEY)
            )
        config = {
            "model_list": [{"model_name": name, "litellm_params": params} for name, params in parameters.items()],
            "litellm_settings": {"drop_params": True, **models()[GEMINI].requires},
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": KEY},
        }
        file = folder / "config.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        async with litellm_gateway(litellm_python(), file, environment={}, log=folder / "log") as gateway:
            yield Stack(gateway.base_url)


@pytest.fixture(scope="module")
async def runs(stack: Stack) -> dict[str, Run]:
    """Every fault, a few at a time."""
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def before(fault: Fault) -> tuple[str, Run]:
        async with gate:
            with serve(Relay(stack.url), [fault.id]) as served:
                return fault.id, await run(stack.snapshot(served.base_url, dict(served.environment)), model=MODEL)

    async def behind(fault: Fault) -> tuple[str, Run]:
        async with gate:
            return fault.id, await run(stack.snapshot(stack.url), model=fault.id)

    # The first request loads what LiteLLM needs: it belongs to no fault.
    await run(stack.snapshot(stack.url), model=MODEL, level="message")
    pairs = await asyncio.gather(*(before(FAULTS[id_]) for id_ in BEFORE), *(behind(fault) for fault in BEHIND))
    return dict(pairs)


@pytest.mark.parametrize("id_", [*BEFORE, *(fault.id for fault in BEHIND)])
async def test_a_fault_around_litellm_has_its_layer_and_id(runs: dict[str, Run], id_: str) -> None:
    fault, seen = FAULTS[id_], runs[id_]
    assert seen.answer.findings, seen.said
    assert seen.answer.findings[0].id == fault.cause, seen.said
    assert causes()[seen.answer.findings[0].id].layer == fault.layer
    assert seen.answer.verdict == fault.verdict, seen.said


async def test_no_run_through_litellm_hangs(runs: dict[str, Run]) -> None:
    longest = max(runs, key=lambda id_: runs[id_].seconds)
    assert runs[longest].seconds < 20, longest


@pytest.mark.parametrize("model", [MODEL, GEMINI, BEDROCK])
async def test_litellm_over_a_healthy_provider_is_green(stack: Stack, model: str) -> None:
    seen = await run(stack.snapshot(stack.url), model=model)
    assert seen.answer.verdict == "ok", seen.said


async def test_a_relay_before_litellm_changes_nothing(stack: Stack) -> None:
    with serve(Relay(stack.url)) as served:
        seen = await run(stack.snapshot(served.base_url), model=MODEL)
    assert seen.answer.verdict == "ok", seen.said
