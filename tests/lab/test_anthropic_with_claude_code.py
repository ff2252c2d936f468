"""The real Claude Code against the scripted Anthropic endpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
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
