"""``make demo`` as a person types it, in a folder with an awkward name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcp_server.catalogue.models import EIGHT

pytestmark = pytest.mark.e2e
DEMO = [sys.executable, "-I", "-c", "from mcp_server.cli import main; main()", "demo"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ordner mit Ümläuten"
    made.mkdir()
    return made


def children_of_session(pid: int) -> list[int]:
    """Processes whose parent, or whose session's leader, is ``pid``."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def test_it_ends_with_one_answer_and_leaves_nothing(folder: Path) -> None:
    done = subprocess.run([*DEMO, "--json"], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "warnings"
    assert {"quick_answer", "config", "verification", "context"} <= set(answer)
    shown = json.dumps(answer["verification"])
    assert all(model in shown for model in EIGHT)
    assert "the real Claude Code" in shown
    assert "▸ validate" in done.stderr
    assert list(folder.iterdir()) == []


def test_interrupted_it_leaves_no_process_and_no_file(folder: Path) -> None:
    process = subprocess.Popen(DEMO, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    gateways: list[int] = []
    deadline = time.monotonic() + 60
    while not gateways and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        gateways = children_of_session(process.pid)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert gateways
    assert not [pid for pid in gateways if Path(f"/proc/{pid}").exists()]
    assert list(folder.iterdir()) == []


def test_a_second_demo_in_the_same_folder_is_refused(folder: Path) -> None:
    (folder / ".demo").mkdir()
    done = subprocess.run(DEMO, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "another demo is running here" in done.stderr
    assert (folder / ".demo").is_dir()
