"""From nothing to an answer of the real Claude Code through the real LiteLLM, by one command; and back to nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_home import CONFIG, Home, until

from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, litellm_python

pytestmark = pytest.mark.e2e


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    litellm_python()
    home = Home(tmp_path)
    yield home
    home.end()


def claude(home: Home, name: str) -> str:
    """One answer of a client that has nothing but the applied settings (in a home of its own for its own files)."""
    key = home.home / ".config" / "llm-gateway" / "litellm.key"
    client = home.place.parent / f"client-{name}-{os.getpid()}"
    (client / ".claude").mkdir(parents=True)
    (client / ".config" / "llm-gateway").mkdir(parents=True)
    (client / ".claude" / "settings.json").write_bytes((home.home / ".claude" / "settings.json").read_bytes())
    (client / ".config" / "llm-gateway" / "litellm.key").write_bytes(key.read_bytes())
    reply = asyncio.run(ask(claude_code(), "say hello", home=client, project=client, environment={}))
    assert not reply.is_error, reply.text
    return reply.text


def test_one_command_to_an_answer_and_down_leaves_no_file_and_no_process(home: Home) -> None:
    settings = home.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n\t"theme": "dark",\n\t"env": {"MINE": "1"}\n}', encoding="utf-8")
    before = home.listing()
    answer = home.answer("up", "--lab", "--apply", "--detach", "--port", "0")
    assert answer["verdict"] == "ok", answer
    assert {check["title"]: check["status"] for check in answer["verification"]} == {
        "the file is sound": "pass",
        "level status": "pass",
        "level health": "pass",
        "level claude-code": "pass",
        "settings applied": "pass",
    }
    assert json.loads(settings.read_text())["env"]["MINE"] == "1"
    assert "laboratory" in claude(home, "first")
    assert home.answer("status")["verdict"] == "ok"

    # The provider is lost: it comes back with other credentials, and the gateway with it.
    os.kill(int(home.services()["laboratory-vertex"]["process"]["pid"]), 9)
    until(lambda: home.services()["litellm"]["starts"] == 2)
    until(lambda: home.answer("status")["verdict"] == "warnings")
    assert "laboratory" in claude(home, "second")

    assert home.processes()
    assert home.answer("down")["verdict"] == "ok"
    assert home.listing() == before
    assert home.processes() == set()


def test_three_providers_stand_in_at_once_and_settings_that_were_changed_since_are_left(home: Home) -> None:
    answer = home.answer("up", "--lab", "--providers", "vertex,bedrock,anthropic", "--apply", "--detach", "--port", "0")
    assert answer["verdict"] == "ok", answer
    assert len(home.services()) == 4
    settings = home.home / ".claude" / "settings.json"
    changed = settings.read_text().replace("{", '{"theme": "dark",', 1)
    settings.write_text(changed)
    down = home.answer("down")
    assert down["verdict"] == "warnings"
    assert "was changed since" in down["verification"][0]["detail"]
    assert settings.read_text() == changed
    assert home.processes() == set()
    assert not home.state.exists()


def test_the_real_litellm_says_why_it_does_not_start(home: Home) -> None:
    text = "model_list:\n  - model_name: a\n    litellm_params:\n      model: no-such-provider/x\n"
    path = home.config(text + "litellm_settings:\n  callbacks: [no_such_module.handler]\n")
    before = home.listing()
    done = home.run("up", "--config", path, "--port", "0", "--although-invalid")
    assert done.returncode == 1
    assert "no_such_module" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.listing() == before


def test_the_demo_of_the_documentation_needs_no_terminal(home: Home) -> None:
    command = home.command("up", "--lab", "--models", "gemini-2.5-flash", "--port", "0")
    with subprocess.Popen(
        command, env=home.environment, cwd=home.project, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("until Ctrl-C" in line for line in process.stderr)
        process.terminate()
        process.communicate()
    assert home.processes() == set()


def test_an_own_file_costs_nothing_unasked_and_its_settings_stay_until_they_are_taken_back(home: Home) -> None:
    from mcp_server.lab.anthropic import AnthropicEmulator
    from mcp_server.lab.serve import running

    settings = home.home / ".claude" / "settings.json"
    emulator = AnthropicEmulator(credential="not-a-real-key")
    with running(emulator) as url:
        text = CONFIG.replace("api_key:", f"api_base: {url}\n      api_key:")
        arguments = ("up", "--config", home.config(text), "--port", "0", "--apply", "--detach")
        unasked = home.answer(*arguments)
        assert {check["title"]: check["status"] for check in unasked["verification"]}["level claude-code"] == "todo"
        assert unasked["verdict"] == "unknown"
        assert [call for call in emulator.requests if call.path.endswith("/messages")] == []
        assert home.answer("down", "--rollback")["verification"][0]["status"] == "pass"
        assert not settings.exists()
        assert home.answer(*arguments, "--yes")["verdict"] in ("ok", "warnings")
        assert emulator.requests
        down = home.answer("down")
    assert "rollback" in down["verification"][0]["command"]
    assert settings.exists()
    assert home.run(*down["verification"][0]["command"].split()[1:]).returncode == 0
    assert not settings.exists()
