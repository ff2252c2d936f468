"""Processes of earlier commands: told apart from strangers with the same number, and stopped with their children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process of this machine. ``born`` tells it from a later one with the same number."""

    pid: int
    born: str


def found(pid: int) -> Process | None:
    """The process that runs under this number now; ``None`` for none (or one that has ended and is not reaped yet)."""
    born = _born(pid)
    return Process(pid, born) if born else None


def runs(process: Process) -> bool:
    """Whether exactly this process still runs."""
    return found(process.pid) == process


def stop(process: Process, patience: float = 8.0) -> bool:
    """Ends exactly this process and those of its group, politely first; True when it is gone afterwards.

    ``process`` must lead a group of its own.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not runs(process):
            return True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        deadline = time.monotonic() + patience
        while runs(process) and time.monotonic() < deadline:
            time.sleep(0.05)
    return not runs(process)


def _born(pid: int) -> str:
    """When the process began, in whatever form the system tells it; empty when it does not run."""
    if sys.platform.startswith("linux"):
        try:
            # The second field is the program's name, which may hold blanks and brackets.
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"
    told = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
        check=False,
    ).stdout.split(maxsplit=1)
    return "" if len(told) < 2 or told[0].startswith("Z") else told[1].strip()


@cache
def _boot() -> str:
    """This start of the machine: process times count from it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
    except OSError:
        return "boot"
