"""Which program listens on a port of this machine, where the system tells it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from mcp_server.redact import quote

_LISTENING = "0A"
_SECONDS = 3


def holder(port: int) -> str:
    """``process 123 (name)``; empty where it cannot be told (another user's process, say)."""
    pid, name = _linux(port) if sys.platform.startswith("linux") else _lsof(port)
    return f"process {pid} ({quote(name, 60)})" if pid else ""


def _linux(port: int) -> tuple[int, str]:
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not sockets:
        return 0, ""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if any(str(handle.readlink()) in sockets for handle in (entry / "fd").iterdir()):
                return int(entry.name), _name(entry)
        except OSError:
            continue  # not ours, or gone meanwhile
    return 0, ""


def _name(entry: Path) -> str:
    """Program and first argument; the rest of a command line may hold credentials."""
    words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return " ".join([Path(words[0]).name, *words[1:2]]).strip()


def _inodes(port: int) -> list[str]:
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(fields[9])
    return found


def _lsof(port: int) -> tuple[int, str]:
    program = shutil.which("lsof")
    if program is None:
        return 0, ""
    try:
        told = subprocess.run(
            [program, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=dict(os.environ),
            check=False,
        ).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return 0, ""
    fields = {line[0]: line[1:] for line in told if line}
    return (int(fields["p"]), fields.get("c", "")) if fields.get("p", "").isdigit() else (0, "")
