"""Managed settings in the real Claude Code: what a generated file binds, and what a drop-in folder does.

Each run sees an ``/etc`` of its own (a mount namespace), so no managed settings of this machine play a part and none
are left behind.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import made, settings

from mcp_server.answer import Answer
from mcp_server.errors import GatewayError
from mcp_server.generate.fleet import DROP_IN, FOLDERS
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.run.claude import Reply, ask
from mcp_server.run.programs import claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

NAMES = ("managed", "user", "shell", "project", "flag", "first", "second")
BASE = "managed-settings.json"
KEY = "key-of-the-person"


@dataclass
class Places:
    """One provider for each place that may name a base URL, to see which one is asked."""

    emulators: Mapping[str, AnthropicEmulator]
    urls: Mapping[str, str]

    def env(self, name: str, **more: str) -> dict[str, Any]:
        return {"env": {"ANTHROPIC_BASE_URL": self.urls[name], **more}}

    def asked(self) -> dict[str, int]:
        return {name: len(one.requests) for name, one in self.emulators.items()}


@dataclass
class Machine:
    """A machine with managed settings, and what else its user has said."""

    managed: Mapping[str, Any]
    """File below Claude Code's folder → its data, or its text where it is broken."""
    user: Mapping[str, Any] = field(default_factory=dict)
    shell: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, Any] = field(default_factory=dict)
    options: Sequence[str] = ()


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    emulators = {name: AnthropicEmulator() for name in NAMES}
    with ExitStack() as stack:
        urls = {name: stack.enter_context(running(one)) for name, one in emulators.items()}
        yield Places(emulators, urls)


def in_namespace(folder: Path, etc: Path, command: str) -> Path:
    """A program that runs ``command`` with ``etc`` as its ``/etc``."""
    program = folder / "program"
    inner = f'mount --bind {shlex.quote(str(etc))} /etc && exec {command} "$@"'
    program.write_text(f'#!/bin/sh\nexec unshare --map-root-user --mount sh -c {shlex.quote(inner)} sh "$@"\n', "utf-8")
    program.chmod(0o755)
    return program


def etc_of(folder: Path, managed: Mapping[str, Any]) -> Path:
    etc = folder / "etc"
    (etc / "claude-code/managed-settings.d").mkdir(parents=True)
    for name in ("passwd", "group", "hosts", "resolv.conf", "nsswitch.conf"):
        if Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), etc / name)
    for name, data in managed.items():
        (etc / "claude-code" / name).write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return etc


async def run(folder: Path, version: str, machine: Machine) -> Reply:
    home, project = folder / "home/.claude", folder / "project/.claude"
    for place, data in ((home, machine.user), (project, machine.project)):
        place.mkdir(parents=True)
        (place / "settings.json").write_text(json.dumps(data), encoding="utf-8")
    client = in_namespace(folder, etc_of(folder, machine.managed), shlex.quote(str(claude_code(version))))
    shell = {"ANTHROPIC_AUTH_TOKEN": KEY, **machine.shell}
    return await ask(
        client,
        "Answer with exactly: PONG",
        home=home.parent,
        project=project.parent,
        environment=shell,
        options=machine.options,
    )


async def place_asked(places: Places, folder: Path, version: str, machine: Machine) -> str:
    """The place whose base URL was used."""
    before = places.asked()
    said = await run(folder, version, machine)
    assert (said.is_error, said.text) == (False, "PONG")
    (name,) = (name for name, count in places.asked().items() if count > before[name])
    return name


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_managed_file_wins_over_every_other_place(places: Places, tmp_path: Path, version: str) -> None:
    others: dict[str, Any] = {
        "user": places.env("user"),
        "shell": places.env("shell")["env"],
        "project": places.env("project"),
        "options": ("--settings", json.dumps(places.env("flag"))),
    }
    for number, (managed, winner) in enumerate([({BASE: places.env("managed")}, "managed"), ({}, "flag")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert await place_asked(places, folder, version, Machine(managed, **others)) == winner


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_drop_ins_beat_the_base_file_and_the_last_name_wins(places: Places, tmp_path: Path, version: str) -> None:
    folder = "managed-settings.d/"
    cases: list[tuple[dict[str, Any], str]] = [
        ({f"{folder}10.json": places.env("first")}, "first"),
        (
            {
                BASE: places.env("managed"),
                f"{folder}20.json": places.env("second"),
                f"{folder}10.json": places.env("first"),
            },
            "second",
        ),
        (
            {BASE: places.env("managed"), f"{folder}.30.json": places.env("first"), f"{folder}40": places.env("first")},
            "managed",
        ),
    ]
    for number, (managed, winner) in enumerate(cases):
        place = tmp_path / str(number)
        place.mkdir()
        assert await place_asked(places, place, version, Machine(managed, user=places.env("user"))) == winner


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_env_of_base_and_drop_in_are_merged_and_a_user_adds_what_they_leave_out(
    places: Places, tmp_path: Path, version: str
) -> None:
    managed = {
        BASE: {"env": {"ANTHROPIC_CUSTOM_HEADERS": "x-team: platform"}},
        DROP_IN: places.env("managed"),
    }
    user = {"env": {"ANTHROPIC_CUSTOM_HEADERS": "x-team: mine", "ANTHROPIC_MODEL": "claude-haiku-5-5"}}
    assert await place_asked(places, tmp_path, version, Machine(managed, user=user)) == "managed"
    seen = places.emulators["managed"].requests[-1]
    assert (seen.headers["x-team"], seen.model) == ("platform", "claude-haiku-5-5")


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_a_model_is_a_default_unless_it_is_enforced(places: Places, tmp_path: Path, version: str) -> None:
    one = {"model": "claude-haiku-5-5"}
    bound = {**one, "availableModels": ["claude-haiku-5-5"], "enforceAvailableModels": True}
    cases: list[tuple[dict[str, Any], str]] = [(one, "claude-opus-5-5"), (bound, "claude-haiku-5-5")]
    for number, (managed, model) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        machine = Machine({BASE: {**places.env("managed"), **managed}}, options=("--model", "claude-opus-5-5"))
        assert await place_asked(places, folder, version, machine) == "managed"
        assert places.emulators["managed"].requests[-1].model == model


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_a_broken_managed_file_stops_the_new_release_and_is_ignored_by_the_old(
    places: Places, tmp_path: Path, version: str
) -> None:
    machine = Machine({BASE: '{"env": '}, user=places.env("user"))
    if version == "2.1.197":
        assert await place_asked(places, tmp_path, version, machine) == "user"
        return
    before = places.asked()
    with pytest.raises(GatewayError, match="could not be parsed as a JSON object"):
        await run(tmp_path, version, machine)
    assert places.asked() == before


def generated(url: str) -> Answer:
    return made(gateway="custom", gateway_url=url, scope="managed", auth="helper", token_env="COMPANY_KEY")


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_rolled_out_file_binds_key_and_address(places: Places, tmp_path: Path, version: str) -> None:
    data = settings(generated(places.urls["managed"]))
    machine = Machine({DROP_IN: data}, user=places.env("user"), shell={"COMPANY_KEY": "key-of-the-company"})
    assert await place_asked(places, tmp_path, version, machine) == "managed"
    assert places.emulators["managed"].requests[-1].headers["authorization"] == "Bearer key-of-the-company"


async def test_the_commands_put_the_file_there_and_take_it_back_and_refuse_a_broken_one(tmp_path: Path) -> None:
    answer = generated("http://127.0.0.1:9")
    script = next(f.content for f in answer.config if f.path.endswith("on Linux"))
    etc = etc_of(tmp_path, {BASE: {"model": "opus"}})
    program = in_namespace(tmp_path, etc, "sh -c")

    def sh(text: str) -> int:
        return subprocess.run([program, text], cwd=tmp_path, capture_output=True, check=False).returncode

    file, target = tmp_path / BASE, etc / "claude-code" / DROP_IN
    file.write_text("{", encoding="utf-8")
    await asyncio.to_thread(sh, script)
    assert not target.exists()
    file.write_text(json.dumps(settings(answer)), encoding="utf-8")
    assert await asyncio.to_thread(sh, script) == 0
    assert target.read_bytes() == file.read_bytes()
    assert (etc / "claude-code" / BASE).read_text() == '{"model": "opus"}'
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name]
    (back,) = (line.removeprefix("#   ") for line in script.splitlines() if line.startswith("#   rm "))
    assert back == f'rm "{FOLDERS["linux"]}/{DROP_IN}"'
    assert await asyncio.to_thread(sh, back) == 0
    assert not target.exists()
