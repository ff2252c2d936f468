"""The real Claude Code against the scripted Anthropic endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.emulator import RecordedRequest
from mcp_server.lab.serve import running
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_client_reads_the_file_it_is_told_to_and_reports_it(version: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    note = project / "note.txt"
    note.write_text("the word is heliotrope\n", encoding="utf-8")
    order = f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
    emulator = AnthropicEmulator(credential="laboratory-token")
    with running(emulator) as url:
        environment = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "laboratory-token"}
        reply = await ask(claude_code(version), order, home=tmp_path / "home", project=project, environment=environment)
    assert (reply.exit_code, reply.turns) == (0, 2)
    assert reply.text.startswith("The tool returned: ")
    assert "the word is heliotrope" in reply.text
    first, second = (call for call in emulator.requests if call.path == "/v1/messages")
    assert first.body["stream"] is True
    assert len(second.body["messages"]) > len(first.body["messages"])


async def test_a_deferred_tool_is_reached_through_the_clients_tool_search(tmp_path: Path) -> None:
    arguments = json.dumps({"url": "http://127.0.0.1:9/", "prompt": "x"})
    order = f'Call the tool "WebFetch" once, with exactly this JSON as its input: {arguments}'
    emulator = AnthropicEmulator()
    with running(emulator) as url:
        environment = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any"}
        reply = await ask(
            claude_code("2.1.330"), order, home=tmp_path / "home", project=tmp_path, environment=environment
        )
    assert reply.turns == 3
    assert reply.text.startswith("The tool returned: ")


async def said(version: str, emulator: AnthropicEmulator, folder: Path, **environment: str) -> tuple[str, int]:
    """What the client says in the end, and how often it has asked."""
    with running(emulator) as url:
        variables = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any", **environment}
        folder.mkdir()
        prompt, home = "Answer with exactly: PONG", folder / "home"
        reply = await ask(claude_code(version), prompt, home=home, project=folder, environment=variables)
    return reply.text, sum(call.path == "/v1/messages" for call in emulator.requests)


MODELS = (
    *("claude-fable-5-2", "claude-haiku-5-5", "claude-sonnet-5", "claude-opus-4-8", "claude-opus-4-7"),
    *("claude-opus-4-6[1m]", "claude-sonnet-4-6", "claude-opus-4-5", "claude-haiku-4-5", "claude-3-5-haiku-20241022"),
)


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_what_the_client_sends_for_each_model_is_what_that_model_takes(version: str, tmp_path: Path) -> None:
    gate = asyncio.Semaphore(3)

    async def one(model: str) -> tuple[str, int]:
        async with gate:
            return await said(version, AnthropicEmulator(), tmp_path / model, ANTHROPIC_MODEL=model)

    heard = dict(zip(MODELS, await asyncio.gather(*map(one, MODELS)), strict=True))
    assert heard == dict.fromkeys(MODELS, ("PONG", 1))


async def test_the_client_knows_the_wordings_of_the_refusals_and_heals_what_it_can(tmp_path: Path) -> None:
    """How often it asks was measured with the same sentences at a recording server (2.1.330)."""
    switches: dict[str, tuple[dict[str, Any], str, int]] = {
        "beta": ({"refused_betas": ["effort-2025-11-24"]}, "PONG", 2),
        "context": ({"refused_fields": ["context_management"]}, "PONG", 2),
        "effort of a message": ({"refused_fields": ["messages[].output_config"]}, "PONG", 2),
        "deferred tools": ({"refused_fields": ["tools[].defer_loading"]}, "PONG", 4),
        "effort": (
            {"refused_fields": ["output_config"]},
            "API Error: 400 output_config: Extra inputs are not permitted",
            2,
        ),
    }
    gate = asyncio.Semaphore(3)

    async def one(name: str) -> tuple[str, int]:
        async with gate:
            return await said("2.1.330", AnthropicEmulator(**switches[name][0]), tmp_path / name)

    heard = await asyncio.gather(*map(one, switches))
    assert dict(zip(switches, heard, strict=True)) == {
        name: (text, asked) for name, (_, text, asked) in switches.items()
    }


class Unjudged(AnthropicEmulator):
    """As behind a gateway that drops what it does not know."""

    def answer(self, call: RecordedRequest) -> Response:
        if isinstance(call.body, dict):
            call.body.pop("safeguards", None)
        return super().answer(call)


@pytest.mark.parametrize(
    ("emulator", "made", "asked"),
    [
        (AnthropicEmulator, True, 2),
        (partial(AnthropicEmulator, refused_fields=["safeguards"]), False, 3),
        (Unjudged, False, 2),
    ],
    ids=["judged", "refused", "dropped"],
)
async def test_auto_mode_acts_only_on_a_judgement_of_the_provider(
    emulator: Callable[[], AnthropicEmulator], made: bool, asked: int, tmp_path: Path
) -> None:
    target = tmp_path / "made"
    arguments = json.dumps({"command": f"touch '{target}'", "description": "make a file"})
    order = f'Call the tool "Bash" once, with exactly this JSON as its input: {arguments}'
    provider, project = emulator(), tmp_path / "project"
    project.mkdir()
    with running(provider) as url:
        await ask(
            claude_code("2.1.330"),
            order,
            home=tmp_path / "home",
            project=project,
            environment={"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any"},
            options=["--permission-mode", "auto"],
        )
    assert target.exists() is made
    sent = [call for call in provider.requests if call.path == "/v1/messages"]
    assert len(sent) == asked
    assert "dangerous-tool-use-2026-09-03" in sent[0].headers["anthropic-beta"]


@pytest.mark.parametrize("judge", ["", "a-judge-of-the-gateway"])
async def test_auto_mode_acts_where_a_model_finds_the_action_harmless(judge: str, tmp_path: Path) -> None:
    target, emulator = tmp_path / "made", AnthropicEmulator()
    project = tmp_path / "project"  # inside the project such a command needs no judge
    project.mkdir()
    arguments = json.dumps({"command": f"touch '{target}'", "description": "make a file"})
    order = f'Call the tool "Bash" once, with exactly this JSON as its input: {arguments}'
    with running(emulator) as url:
        environment = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any", "CLAUDE_CODE_AUTO_MODE_SERVER": "0"}
        await ask(
            claude_code("2.1.330"),
            order,
            home=tmp_path / "home",
            project=project,
            environment={**environment, "CLAUDE_CODE_AUTO_MODE_MODEL": judge},
            options=["--permission-mode", "auto"],
        )
    assert target.exists()
    assert [call.model for call in emulator.requests if "tools" not in call.body] == [judge or "claude-sonnet-5"]
