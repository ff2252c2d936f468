from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from mcp_server.environment import claude_version, parse_version, snapshot
from mcp_server.snapshot import SettingsFile, Snapshot


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    folders = {name: tmp_path / name for name in ("home", "project", "managed")}
    for folder in folders.values():
        folder.mkdir()
    return folders


def read(places: dict[str, Path], **shell: str) -> Snapshot:
    return snapshot(shell=shell, **places, run_claude=False)


def write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def only(found: Snapshot) -> SettingsFile:
    assert len(found.settings_files) == 1
    return found.settings_files[0]


def test_a_machine_without_settings_files_has_none(places: dict[str, Path]) -> None:
    assert read(places).settings_files == ()


def test_every_layer_is_found_strongest_first(places: dict[str, Path]) -> None:
    env = {"env": {"A": "x"}}
    user = write(places["home"] / ".claude/settings.json", env)
    project = write(places["project"] / ".claude/settings.json", env)
    local = write(places["project"] / ".claude/settings.local.json", env)
    base = write(places["managed"] / "managed-settings.json", env)
    early = write(places["managed"] / "managed-settings.d/10-a.json", env)
    late = write(places["managed"] / "managed-settings.d/20-b.json", env)
    found = read(places)
    assert [f.path for f in found.settings_files] == [str(p) for p in (late, early, base, local, project, user)]
    effective = found.variable("A")
    assert effective is not None
    assert effective.source == str(late)
    assert effective.beats == tuple(str(p) for p in (early, base, local, project, user))


def test_the_config_folder_variable_moves_the_user_file(places: dict[str, Path], tmp_path: Path) -> None:
    write(places["home"] / ".claude/settings.json", {})
    moved = write(tmp_path / "elsewhere/settings.json", {"model": "m"})
    found = read(places, CLAUDE_CONFIG_DIR=str(moved.parent))
    assert [f.path for f in found.settings_files] == [str(moved)]


def test_the_project_variable_beats_the_working_directory(places: dict[str, Path]) -> None:
    write(places["project"] / ".claude/settings.json", {})
    found = snapshot(
        shell={"CLAUDE_PROJECT_DIR": str(places["project"])},
        home=places["home"],
        managed=places["managed"],
        run_claude=False,
    )
    assert only(found).scope == "project"


def test_started_in_the_home_folder_the_users_file_is_not_a_project_file(places: dict[str, Path]) -> None:
    write(places["home"] / ".claude/settings.json", {})
    found = snapshot(shell={}, home=places["home"], project=places["home"], managed=places["managed"], run_claude=False)
    assert only(found).scope == "user"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"env": {"A": "1",}}', "is not valid JSON at 1:18: a comma stands before the closing bracket"),
        ('{\n  // note\n  "env": {}}', "is not valid JSON at 2:3: comments are not allowed in JSON"),
        ("{'env': {}}", "names and texts need double quotes"),
        ('{"env": ', "is not valid JSON at 1:9"),
        ("[1, 2]", "holds no JSON object"),
        ('{"a": NaN}', "NaN is no JSON value"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 10_000 + "}", "a number that is too long"),
    ],
)
def test_a_broken_file_is_reported_with_its_place(places: dict[str, Path], text: str, words: str) -> None:
    write(places["home"] / ".claude/settings.json", text)
    file = only(read(places))
    assert words in (file.error or "")
    assert file.data == {}


@pytest.mark.parametrize("text", ["", "  \n", '\ufeff{"model": "m"}'])
def test_an_empty_file_and_a_byte_order_mark_are_no_fault(places: dict[str, Path], text: str) -> None:
    write(places["home"] / ".claude/settings.json", text)
    assert only(read(places)).error is None


def test_bytes_that_are_no_text_are_reported(places: dict[str, Path]) -> None:
    path = write(places["home"] / ".claude/settings.json", "")
    path.write_bytes(b'{\n"a": "\xff"}')
    assert only(read(places)).error == "is not UTF-8 text (line 2)"


def test_a_folder_a_pipe_and_a_huge_file_are_not_read(places: dict[str, Path]) -> None:
    (places["home"] / ".claude/settings.json").mkdir(parents=True)
    (places["project"] / ".claude").mkdir()
    os.mkfifo(places["project"] / ".claude/settings.json")
    write(places["project"] / ".claude/settings.local.json", " " * 1_000_001)
    errors = [f.error for f in read(places).settings_files]
    assert errors == [
        "is 1,000,001 bytes long; more than 1,000,000 are not read",
        "is not a regular file",
        "is not a regular file",
    ]


def test_an_unreadable_file_is_reported(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write(places["home"] / ".claude/settings.json", {}).chmod(0)
    if os.geteuid() == 0:  # root reads everything, so the refusal has to be played
        monkeypatch.setattr(Path, "read_bytes", refuse)
    assert only(read(places)).error == "cannot be read: permission denied"


def refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize("name", ["CLAUDE_CODE_MCP_ALLOWLIST_ENV", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"])
def test_a_hidden_environment_is_noticed(places: dict[str, Path], name: str) -> None:
    assert not read(places).environment_hidden
    assert not read(places, **{name: "0"}).environment_hidden
    assert read(places, **{name: "1"}).environment_hidden
    write(places["home"] / ".claude/settings.json", {"env": {name: "1"}})
    assert read(places).environment_hidden


def test_an_environment_that_was_hidden_with_its_own_switch_is_noticed(places: dict[str, Path]) -> None:
    assert read(places, CLAUDECODE="1").environment_hidden
    assert not read(places, CLAUDECODE="1", CLAUDE_CODE_ENTRYPOINT="cli").environment_hidden


def program(folder: Path, script: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(folder)


def test_the_version_comes_from_the_claude_on_the_path(tmp_path: Path, places: dict[str, Path]) -> None:
    path = program(tmp_path / "bin", "echo '2.1.330 (Claude Code)'")
    assert snapshot(shell={"PATH": path}, **places).client_version == "2.1.330"


def test_no_claude_and_a_failing_one_have_no_version(tmp_path: Path) -> None:
    assert claude_version(str(tmp_path)) is None
    assert claude_version(program(tmp_path / "bin", "echo broken >&2; exit 1")) is None


def still_running(state: Path) -> bool:
    try:
        return state.read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_hanging_claude_is_stopped_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_server.environment.VERSION_SECONDS", 0.3)
    mark = tmp_path / "pid"
    path = program(tmp_path / "bin", f"/bin/sleep 600 & echo $! > {mark}; wait")
    assert claude_version(path) is None
    started = time.monotonic()
    state = Path(f"/proc/{mark.read_text().strip()}/stat")
    while still_running(state):  # killed, but the kernel may need a moment
        assert time.monotonic() - started < 10


def test_an_update_of_the_client_is_noticed(tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "echo 2.1.1")
    assert claude_version(path) == "2.1.1"
    program(tmp_path / "bin", "echo 2.1.2")
    os.utime(tmp_path / "bin" / "claude", ns=(1, 1))
    assert claude_version(path) == "2.1.2"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.1.330 (Claude Code)\n", "2.1.330"),
        ("v2.1.197", "2.1.197"),
        ("claude: error", None),
        ("1.2", None),
        ("1.2.x", None),
        ("1.2.99999999999", None),
    ],
)
def test_a_version_is_three_numbers(text: str, version: str | None) -> None:
    assert parse_version(text) == version
