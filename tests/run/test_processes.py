from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mcp_server.run import processes
from mcp_server.run.port_holder import holder


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_running_process_is_found_and_is_itself(sleeper: subprocess.Popen[bytes]) -> None:
    found = processes.found(sleeper.pid)
    assert found is not None
    assert processes.runs(found)


def test_a_process_that_has_ended_does_not_run_even_before_it_is_reaped(sleeper: subprocess.Popen[bytes]) -> None:
    found = processes.found(sleeper.pid)
    assert found is not None
    os.kill(sleeper.pid, 9)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.runs(found)


def test_a_stranger_with_the_same_number_is_never_stopped(sleeper: subprocess.Popen[bytes]) -> None:
    found = processes.found(sleeper.pid)
    assert found is not None
    assert processes.stop(replace(found, born="another time"))
    assert sleeper.poll() is None


def test_stopping_ends_the_children_of_the_group_too(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/child; wait"
    with subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True) as process:
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().strip():
            time.sleep(0.01)
        child = processes.found(int((tmp_path / "child").read_text()))
        parent = processes.found(process.pid)
        assert parent is not None
        assert child is not None
        assert processes.stop(parent)
        while processes.runs(child):
            time.sleep(0.01)


def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same() -> None:
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print('set', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"set\n"
        found = processes.found(process.pid)
        assert found is not None
        assert processes.stop(found, patience=0.3)


def test_who_holds_a_port_is_named_with_its_number() -> None:
    script = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    command = [sys.executable, "-c", f"{script}; time.sleep(600)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert f"process {process.pid} (" in holder(int(process.stdout.readline()))
        process.kill()


def test_a_free_port_has_no_holder() -> None:
    from mcp_server.net.ports import free_port

    assert holder(free_port()) == ""
