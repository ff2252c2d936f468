from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError
from mcp_server.run.claude import ask

pytestmark = pytest.mark.anyio


def fake_claude(tmp_path: Path, script: str) -> Path:
    program = tmp_path / "claude"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


async def run(program: Path, tmp_path: Path, seconds: float = 20) -> object:
    return await ask(
        program, "hi", home=tmp_path / "home", project=tmp_path, environment={"MARK": "set"}, seconds=seconds
    )


async def test_the_child_sees_its_own_home_and_nothing_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-users-own")
    program = fake_claude(
        tmp_path,
        'printf \'{"result": "%s|%s|%s", "is_error": false, "num_turns": 1}\' "$HOME" "$MARK" "$ANTHROPIC_API_KEY"',
    )
    reply = await run(program, tmp_path)
    assert getattr(reply, "text", "") == f"{tmp_path}/home|set|"


async def test_output_that_is_no_result_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="exit code 1 and printed no result; it said: broken .*redacted"):
        await run(fake_claude(tmp_path, "echo broken sk-ant-api03-plantedplanted >&2; exit 1"), tmp_path)


async def test_a_silent_client_is_stopped(tmp_path: Path) -> None:
    program = fake_claude(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(GatewayError, match="no answer within 1 s"):
        await run(program, tmp_path, seconds=1)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


async def test_a_missing_client_is_named(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="cannot be started"):
        await run(tmp_path / "nowhere", tmp_path)
