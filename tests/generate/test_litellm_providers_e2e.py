"""Generated files for every mix of providers, on the real LiteLLM and the strict emulators, with the real client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_server.lab.stack import Stack, laboratory
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

OPUS, HAIKU, GEMINI = "claude-opus-5-5", "claude-haiku-5-5", "gemini-3.8-flash"
ALL = ["vertex", "bedrock", "anthropic"]
#: Set-up → models, providers, further arguments.
SET_UPS: dict[str, tuple[list[str], list[str], dict[str, Any]]] = {
    "bedrock": ([OPUS, HAIKU], ["bedrock"], {"aws_region": "us-east-1"}),
    "anthropic": ([OPUS, HAIKU], ["anthropic"], {}),
    "shared": ([OPUS, HAIKU, GEMINI], ALL, {}),
    "ordered": ([OPUS, HAIKU, GEMINI], ALL, {"goal": "prefer bedrock, two regions", "aws_region": "us-east-1"}),
    "weighted": ([OPUS, GEMINI], ALL, {"goal": "90% anthropic, 5% bedrock, 5% vertex", "fallbacks": [GEMINI]}),
}
READ = {
    "name": "Read",
    "description": "reads",
    "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]},
}
CALL_READ = 'Call the tool "Read" once, with exactly this JSON as its input: {"file_path": "note.txt"}'


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stacks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, Stack]]:
    async with AsyncExitStack() as stack:
        found = {}
        for name, (models, providers, arguments) in SET_UPS.items():
            folder = tmp_path_factory.mktemp(name)
            found[name] = await stack.enter_async_context(
                laboratory(models, folder, providers=providers, arguments=arguments)
            )
        yield found


@pytest.fixture(autouse=True)
def unspoilt(stacks: Mapping[str, Stack]) -> None:
    for stack in stacks.values():
        stack.clouds.forget()


async def post(stack: Stack, model: str, **more: Any) -> httpx.Response:
    body = {"model": model, "max_tokens": 64_000, "messages": [{"role": "user", "content": CALL_READ}], **more}
    headers = {
        "authorization": f"Bearer {stack.generated.master_key}",
        "user-agent": "claude-cli/2.1.330 (external, sdk-cli)",
        "anthropic-version": "2023-06-01",
    }
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        return await client.post(f"{stack.base_url}/v1/messages?beta=true", json=body, headers=headers)


@pytest.mark.parametrize("name", SET_UPS)
async def test_every_model_calls_a_tool_whole_and_streamed(stacks: Mapping[str, Stack], name: str) -> None:
    models, providers, _ = SET_UPS[name]
    calls = [(model, stream) for model in models for stream in (False, True)]
    answers = await asyncio.gather(*(post(stacks[name], m, stream=s, tools=[READ]) for m, s in calls))
    assert {c: a.status_code for c, a in zip(calls, answers, strict=True) if '"tool_use"' not in a.text} == {}
    called = stacks[name].clouds.models_called()
    assert set().union(*called.values()) & {f"us.anthropic.{OPUS}", OPUS}
    assert set(called) == set(providers)


async def test_requests_are_shared_among_the_providers_of_a_model(stacks: Mapping[str, Stack]) -> None:
    answers = await asyncio.gather(*(post(stacks["shared"], OPUS, stream=True) for _ in range(40)))
    assert {a.status_code for a in answers} == {200}
    assert all(stacks["shared"].clouds.models_called().values())


async def test_most_requests_go_where_the_largest_share_is(stacks: Mapping[str, Stack]) -> None:
    await asyncio.gather(*(post(stacks["weighted"], OPUS) for _ in range(40)))
    counts = {name: len(calls) for name, calls in stacks["weighted"].clouds.models_called().items()}
    assert counts["anthropic"] > counts["bedrock"] + counts["vertex"], counts


async def test_the_preferred_provider_gets_everything_while_it_answers(stacks: Mapping[str, Stack]) -> None:
    await asyncio.gather(*(post(stacks["ordered"], OPUS) for _ in range(12)))
    called = stacks["ordered"].clouds.models_called()
    assert {name: bool(calls) for name, calls in called.items()} == {
        "vertex": False,
        "bedrock": True,
        "anthropic": False,
    }


@pytest.mark.parametrize("name", ["shared", "ordered"])
@pytest.mark.parametrize("down", ["bedrock", "vertex"])
async def test_no_request_fails_while_one_of_the_providers_is_down(
    stacks: Mapping[str, Stack], name: str, down: str
) -> None:
    emulator = stacks[name].clouds.emulators[down]
    emulator.fault(None, 503, times=1_000)
    try:
        answers = [await post(stacks[name], HAIKU, stream=True, tools=[READ]) for _ in range(10)]
    finally:
        for fault in emulator._state.faults:
            fault.times = 0
    assert [a.status_code for a in answers] == [200] * 10
    assert all('"tool_use"' in a.text for a in answers)


async def test_an_error_of_a_single_deployment_arrives_as_it_is_and_leaves_no_cooldown(
    stacks: Mapping[str, Stack],
) -> None:
    for name, model, provider in (("shared", GEMINI, "vertex"), ("bedrock", OPUS, "bedrock")):
        stacks[name].clouds.emulators[provider].fault(None, 429, times=2)
        refused = await post(stacks[name], model)
        assert refused.status_code == 429
        assert "cooldown" not in refused.text.lower()
        again = [await post(stacks[name], model) for _ in range(3)]
        assert again[-1].status_code == 200


async def test_a_fallback_answers_when_every_deployment_of_a_model_is_down(stacks: Mapping[str, Stack]) -> None:
    stack = stacks["weighted"]
    for emulator in stack.clouds.emulators.values():
        emulator.fault(OPUS, 503, times=50)
        emulator.fault(f"us.anthropic.{OPUS}", 503, times=50)
    try:
        answer = await post(stack, OPUS)
    finally:
        for emulator in stack.clouds.emulators.values():
            for fault in emulator._state.faults:
                fault.times = 0
    assert answer.status_code == 200, answer.text[:300]
    assert GEMINI in stack.clouds.models_called()["vertex"]


async def test_the_real_client_reads_a_file_through_every_set_up(stacks: Mapping[str, Stack], tmp_path: Path) -> None:
    """Both pinned clients, the main model and the cheap one: text, stream and a tool round trip."""
    note = tmp_path / "note.txt"
    note.write_text("the word is heliotrope\n", encoding="utf-8")
    order = f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
    gate = asyncio.Semaphore(3)

    async def one(name: str, version: str, tier: str) -> str:
        async with gate:
            home = tmp_path / f"{name}-{version}-{tier}"
            environment = stacks[name].client_environment
            options = ("--model", tier)
            reply = await ask(
                claude_code(version), order, home=home, project=tmp_path, environment=environment, options=options
            )
            return reply.text

    cases = [(n, v, t) for n in SET_UPS for v in versions()["claude_code"] for t in ("opus", "haiku")]
    replies = dict(zip(cases, await asyncio.gather(*(one(*case) for case in cases)), strict=True))
    assert {case: text for case, text in replies.items() if "the word is heliotrope" not in text} == {}
