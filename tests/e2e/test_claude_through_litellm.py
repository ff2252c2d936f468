"""The real Claude Code → the real LiteLLM with the generated configuration → the Vertex emulator, all eight models."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcp_server.catalogue.models import EIGHT, models
from mcp_server.lab.stack import Stack, laboratory
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import Reply, ask
from mcp_server.run.programs import claude_code, newest_claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]
VERSIONS = versions()["claude_code"]
TOOL_USERS = [id_ for id_ in EIGHT if models()[id_].tool_use]
NO_TOOL_USERS = [id_ for id_ in EIGHT if not models()[id_].tool_use]


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with laboratory(EIGHT, tmp_path_factory.mktemp("stack of eight")) as running:
        yield running


async def say(stack: Stack, version: str, model: str, folder: Path, prompt: str) -> Reply:
    return await ask(
        claude_code(version),
        prompt,
        home=folder / "home",
        project=folder,
        environment=stack.client_environment,
        options=("--model", model, "--allowedTools", "Read"),
    )


def reading(note: Path) -> str:
    return f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", EIGHT)
async def test_every_model_answers_the_real_client_with_text_and_usage(
    stack: Stack, version: str, model: str, tmp_path: Path
) -> None:
    word = f"word-{secrets.token_hex(6)}"
    reply = await say(stack, version, model, tmp_path, f"Answer with exactly: {word}")
    assert not reply.is_error, reply.text
    assert reply.text.strip() == word
    assert reply.usage["input_tokens"] > 0
    assert reply.usage["output_tokens"] > 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", TOOL_USERS)
async def test_a_tool_result_makes_the_round_trip(stack: Stack, version: str, model: str, tmp_path: Path) -> None:
    word = f"word-{secrets.token_hex(6)}"
    note = tmp_path / "note.txt"
    note.write_text(word, encoding="utf-8")
    reply = await say(stack, version, model, tmp_path, reading(note))
    assert not reply.is_error, reply.text
    assert word in reply.text
    assert reply.turns == 2


@pytest.mark.parametrize("model", NO_TOOL_USERS)
async def test_a_model_without_tool_use_is_reported_not_papered_over(stack: Stack, model: str, tmp_path: Path) -> None:
    word = f"word-{secrets.token_hex(6)}"
    note = tmp_path / "note.txt"
    note.write_text(word, encoding="utf-8")
    reply = await say(stack, newest_claude_code(), model, tmp_path, reading(note))
    assert word not in reply.text
    answer = await operation.run(models=[model], snapshot=stack.snapshot(newest_claude_code()))
    assert answer.verdict == "errors"
    assert answer.findings[0].id == "model_lacks_tool_use"


async def test_test_model_agrees_with_the_real_client_about_all_eight(stack: Stack) -> None:
    answer = await operation.run(models=list(EIGHT), snapshot=stack.snapshot(newest_claude_code()))
    blamed = {f.where.key for f in answer.findings if f.severity == "error" and f.where}
    assert blamed == set(NO_TOOL_USERS), answer.findings


async def test_any_model_whose_tools_are_ignored_is_reported(tmp_path: Path) -> None:
    emulator = VertexEmulator(tools={"gemini-2.5-pro": "ignored"})
    async with laboratory(["gemini-2.5-pro"], tmp_path, emulator=emulator) as running:
        answer = await operation.run(models=["gemini-2.5-pro"], snapshot=running.snapshot(newest_claude_code()))
    assert answer.verdict == "errors"
    assert answer.findings[0].id == "model_lacks_tool_use"


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_call_of_the_client_itself_meets_an_unmapped_name(stack: Stack, version: str, tmp_path: Path) -> None:
    for tier in ("opus", "sonnet", "haiku"):
        reply = await say(stack, version, tier, tmp_path, "Answer with exactly: mapped")
        assert (reply.is_error, reply.text.strip()) == (False, "mapped"), f"{tier}: {reply.text}"
