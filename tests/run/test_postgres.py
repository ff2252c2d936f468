from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError
from mcp_server.run import postgres as module
from mcp_server.run import postgres_programs
from mcp_server.run.postgres import postgres

pytestmark = pytest.mark.anyio


def leftovers() -> set[str]:
    return {str(p) for place in ("/tmp", "/var/tmp") for p in Path(place).glob("llm-gateway-postgres-*")}


@pytest.mark.e2e
async def test_a_server_lives_answers_survives_an_outage_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")  # whatever the person has set up for a server of their own
    before = leftovers()
    async with postgres(tmp_path) as database:
        pid, other = database.pid, await database.create("second")
        await other.query("CREATE TABLE kept (word text)")
        await other.query("INSERT INTO kept VALUES ('still, \"here\"')")
        assert await database.query("SELECT 1 AS one, NULL AS nothing") == [{"one": "1", "nothing": ""}]
        with pytest.raises(GatewayError, match='relation "kept" does not exist'):
            await database.query("SELECT * FROM kept")
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        await database.stop()
        with pytest.raises(GatewayError, match="Connection refused"):
            await other.query("SELECT 1")
        await database.start()
        assert await other.query("SELECT word FROM kept") == [{"word": 'still, "here"'}]
        pid = database.pid
    assert not Path(f"/proc/{pid}").exists()
    assert leftovers() == before
    assert [p.name for p in tmp_path.iterdir()] == ["postgres.log"]


@pytest.mark.e2e
async def test_only_the_password_of_this_run_opens_it_and_a_failure_in_the_block_stops_it(tmp_path: Path) -> None:
    seen = []

    async def failing() -> None:
        async with postgres(tmp_path) as database:
            seen.append(database.pid)
            assert await database.query("SELECT 1 AS one") == [{"one": "1"}]
            assert database.password not in repr(database)
            database.password = "guessed"
            await database.query("SELECT 1")

    with pytest.raises(GatewayError, match="password authentication failed"):
        await failing()
    assert not Path(f"/proc/{seen[0]}").exists()


@pytest.mark.e2e
async def test_a_port_taken_in_between_is_replaced_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with holder:
        taken = holder.sockets[0].getsockname()[1]
        ports = iter([taken])
        free = module.free_port
        monkeypatch.setattr(module, "free_port", lambda: next(ports, None) or free())
        async with postgres(tmp_path) as database:
            assert database.port != taken
            assert await database.query("SELECT 1 AS one") == [{"one": "1"}]


async def test_a_machine_without_it_is_told_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_programs, "_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GatewayError, match="not installed") as caught:
        async with postgres(tmp_path):
            pass
    assert "apt-get install" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def fake_programs(folder: Path, monkeypatch: pytest.MonkeyPatch, initdb: str, server: str) -> None:
    folder.mkdir()
    for name, script in (("initdb", initdb), ("postgres", server), ("psql", "exit 1")):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(postgres_programs, "account", dict)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


async def test_a_failing_initdb_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_programs(tmp_path / "bin", monkeypatch, "echo 'no space left on device' >&2; exit 1", "exit 1")
    with pytest.raises(GatewayError, match="initdb could not make a data folder .*no space left"):
        async with postgres(tmp_path):
            pass
    assert [p.name for p in tmp_path.iterdir()] == ["bin"]


async def test_a_server_that_ends_at_once_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = 'echo "FATAL:  could not create shared memory segment" >&2; echo "LOG: bye" >&2; exit 1'
    fake_programs(tmp_path / "bin", monkeypatch, "mkdir data", start)
    with pytest.raises(GatewayError, match="ended with exit code 1 .*could not create shared memory segment"):
        async with postgres(tmp_path):
            pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bin", "postgres.log"]


async def test_a_server_that_never_gets_ready_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_START_SECONDS", 0.5)
    script = f"echo $$ > {tmp_path}/pid; exec sleep 600"
    fake_programs(tmp_path / "bin", monkeypatch, "mkdir data", script)
    with pytest.raises(GatewayError, match="did not become ready"):
        async with postgres(tmp_path):
            pass
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_the_newest_version_comes_first() -> None:
    folders = [Path(f"/usr/lib/postgresql/{n}/bin") for n in ("9.6", "17", "15")]
    assert [f.parent.name for f in sorted(folders, key=postgres_programs._version, reverse=True)] == ["17", "15", "9.6"]
