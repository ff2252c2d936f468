from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError
from mcp_server.run import installing, programs


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache of ünïcode"
    monkeypatch.setenv("LLM_GATEWAY_CACHE", str(folder))
    return folder


def fake_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def only_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_without_npm_the_missing_program_is_named(
    cache_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GatewayError, match=r"npm is not on PATH.*Install Node\.js"):
        programs.claude_code("2.1.330")
    assert [p.name for p in cache_folder.iterdir()] == [".claude-code-2.1.330.lock"]


def test_a_failed_install_is_quoted_and_leaves_nothing_that_looks_complete(
    cache_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_program(
        tmp_path / "bin", "npm", "echo 'npm error ENOTFOUND //host/:_authToken=npm_secretsecretsecret12' >&2; exit 1"
    )
    only_on_path(monkeypatch, tmp_path / "bin")
    with pytest.raises(GatewayError, match="npm could not install .*ENOTFOUND") as caught:
        programs.claude_code("2.1.330")
    assert "secretsecret" not in str(caught.value)
    assert not (cache_folder / "claude-code-2.1.330").exists()
    assert [p.name for p in cache_folder.iterdir()] == [".claude-code-2.1.330.lock"]


def test_an_install_is_done_once_and_told(cache_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    find_prefix = 'for a; do p=$q; q=$a; [ "$p" = --prefix ] && d=$a; done'
    script = f'echo run >> {tmp_path}/runs; {find_prefix}; mkdir -p "$d/node_modules/.bin"'
    fake_program(tmp_path / "bin", "npm", script)
    only_on_path(monkeypatch, tmp_path / "bin")
    told: list[str] = []
    first = programs.claude_code("9.9.9", told.append)
    second = programs.claude_code("9.9.9", told.append)
    assert first == second == cache_folder / "claude-code-9.9.9" / "node_modules" / ".bin" / "claude"
    assert (tmp_path / "runs").read_text() == "run\n"
    assert told == ["installing claude-code-9.9.9 from npm into the user cache (once)"]


def test_a_cache_that_cannot_be_created_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LLM_GATEWAY_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(GatewayError, match="cannot create the cache folder .*LLM_GATEWAY_CACHE"):
        programs.litellm_python()


def test_when_uv_cannot_install_pip_gets_the_last_word(
    cache_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_program(
        tmp_path / "bin", "uv", f'echo "$1" >> {tmp_path}/uv-calls; [ "$1" = venv ] && mkdir -p "$5" && exit 0; exit 1'
    )
    calls: list[list[str]] = []
    monkeypatch.setattr(installing, "uv", lambda: str(tmp_path / "bin" / "uv"))
    real_try = installing._try

    def watched(command: list[str], variables: Mapping[str, str] | None = None) -> str | None:
        calls.append(command)
        if command[1:3] == ["-m", "pip"] or command[1:3] == ["-m", "venv"]:
            Path(command[-1] if command[2] == "venv" else tmp_path).mkdir(exist_ok=True)
            return None
        return real_try(command, variables)

    monkeypatch.setattr(installing, "_try", watched)
    python = programs.litellm_python()
    assert python.parts[-2:] == (installing.BIN, installing.PYTHON)
    assert (tmp_path / "uv-calls").read_text() == "venv\npip\n"
    assert [c[1:3] for c in calls[-2:]] == [["-m", "venv"], ["-m", "pip"]]
    assert calls[-2][0] == sys.executable


def test_the_extra_pins_the_version_that_is_tested() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'litellm[proxy]=={programs.versions()["litellm"]}"' in pyproject
