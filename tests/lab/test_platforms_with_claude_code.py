"""The real Claude Code in Bedrock mode and in Vertex mode against the emulators: a tool round trip each."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.run.claude import Reply, ask
from mcp_server.run.programs import claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

NEWEST = versions()["claude_code"][0]


def bedrock_environment(emulator: BedrockEmulator, url: str) -> dict[str, str]:
    return {"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BEDROCK_BASE_URL": url, **emulator.environment}


def vertex_environment(emulator: VertexEmulator, url: str) -> dict[str, str]:
    # The client fetches tokens from Google's own address only, so a ready token stands in for the login.
    return {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1",
        "ANTHROPIC_VERTEX_BASE_URL": f"{url}/v1",
        "ANTHROPIC_VERTEX_PROJECT_ID": emulator.project,
        "CLOUD_ML_REGION": "global",
        "ANTHROPIC_AUTH_TOKEN": emulator.identity.token(),
    }


async def read_note(version: str, environment: dict[str, str], folder: Path) -> Reply:
    """The client is told to read a file whose word only a tool result can tell."""
    project = folder / "project"
    project.mkdir(parents=True)
    note = project / "note.txt"
    note.write_text("the word is heliotrope\n", encoding="utf-8")
    order = f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
    return await ask(claude_code(version), order, home=folder / "home", project=project, environment=environment)


def model_calls(emulator: Emulator, end: str) -> list[RecordedRequest]:
    return [call for call in emulator.requests if call.path.endswith(end)]


def kinds_sent_back(call: RecordedRequest) -> list[str]:
    turns: list[dict[str, Any]] = call.body["messages"]
    said = next(turn for turn in turns if turn["role"] == "assistant")
    return [block["type"] for block in said["content"]]


async def test_both_versions_sign_for_bedrock_and_finish_a_tool_round_trip(tmp_path: Path) -> None:
    emulators = {version: BedrockEmulator() for version in versions()["claude_code"]}

    async def one(version: str, emulator: BedrockEmulator) -> Reply:
        with running(emulator) as url:
            return await read_note(version, bedrock_environment(emulator, url), tmp_path / version)

    replies = await asyncio.gather(*(one(*pair) for pair in emulators.items()))
    assert all("the word is heliotrope" in reply.text for reply in replies), [reply.text for reply in replies]
    for emulator in emulators.values():
        first, second = model_calls(emulator, "invoke-with-response-stream")
        assert first.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
        assert len(second.body["messages"]) > len(first.body["messages"])
    assert kinds_sent_back(model_calls(emulators[NEWEST], "response-stream")[1]) == ["thinking", "tool_use"]


async def test_both_versions_finish_a_tool_round_trip_on_vertex(tmp_path: Path) -> None:
    emulators = {version: VertexEmulator() for version in versions()["claude_code"]}

    async def one(version: str, emulator: VertexEmulator) -> Reply:
        with running(emulator) as url:
            return await read_note(version, vertex_environment(emulator, url), tmp_path / version)

    replies = await asyncio.gather(*(one(*pair) for pair in emulators.items()))
    assert all("the word is heliotrope" in reply.text for reply in replies), [reply.text for reply in replies]
    assert kinds_sent_back(model_calls(emulators[NEWEST], ":streamRawPredict")[1]) == ["thinking", "tool_use"]


async def test_what_bedrock_refuses_reaches_the_user_or_is_healed_by_the_client(tmp_path: Path) -> None:
    wrong_secret = BedrockEmulator()
    old_beta = BedrockEmulator(refused_betas=["tool-search-tool-2025-10-19"])
    no_access = BedrockEmulator(no_access=["anthropic.claude-opus-5-5"])
    with running(wrong_secret) as one, running(old_beta) as two, running(no_access) as three:
        places = (wrong_secret, one), (old_beta, two), (no_access, three)
        environments = [bedrock_environment(emulator, url) for emulator, url in places]
        environments[0]["AWS_SECRET_ACCESS_KEY"] = "another secret"
        # By default the client steps down to another model when the newest one is not to be had.
        environments[2]["ANTHROPIC_MODEL"] = "us.anthropic.claude-opus-5-5"
        asked = (read_note(NEWEST, env, tmp_path / str(number)) for number, env in enumerate(environments))
        unsigned, healed, refused = await asyncio.gather(*asked)
    assert unsigned.is_error
    assert "signature we calculated does not match" in unsigned.text
    assert "heliotrope" in healed.text
    assert "tool-search-tool-2025-10-19" not in model_calls(old_beta, "response-stream")[-1].body["anthropic_beta"]
    assert refused.is_error


async def test_two_tools_at_once_and_a_long_answer_through_the_client(tmp_path: Path) -> None:
    words = ("heliotrope", "periwinkle")
    notes = [tmp_path / f"{word}.txt" for word in words]
    for note, word in zip(notes, words, strict=True):
        note.write_text(f"the word is {word}\n", encoding="utf-8")
    calls = json.dumps([{"name": "Read", "input": {"file_path": str(note)}} for note in notes])
    emulator = AnthropicEmulator()
    with running(emulator) as url:
        environment = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any"}
        prompts = f"Call these tools at once: {calls}", "Count from 1 to 3000"
        both, counted = await asyncio.gather(
            *(
                ask(claude_code(NEWEST), prompt, home=tmp_path / name, project=tmp_path, environment=environment)
                for name, prompt in zip(("a", "b"), prompts, strict=True)
            )
        )
    assert both.turns >= 2
    assert all(word in both.text for word in words)
    assert counted.text.split() == [str(number) for number in range(1, 3001)]
