"""One process at a time changes files: a lock that goes with the open file, also when its holder is killed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mcp_server.change import files
from mcp_server.errors import GatewayError

_LOCK_SECONDS = 15.0


@contextmanager
def held(path: Path) -> Iterator[None]:
    """The lock on the file ``path`` for the block; the file and its folder are made where they are missing.

    Raises:
        GatewayError: another process holds it for too long. OSError: the file cannot be made.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        with _opened(path) as stream:
            while not _try_lock(stream.fileno()):
                if time.monotonic() > deadline:
                    raise GatewayError(
                        "another llm-gateway is changing files, and has been for a while.",
                        "Wait for it to end, or stop it; then run the same command again.",
                    )
                time.sleep(0.02)
            if _is_at(stream.fileno(), path):
                yield  # the lock goes with the open file, also when the process is killed
                return


def _opened(path: Path) -> BinaryIO:
    while True:
        files.make_folder(path.parent)
        try:
            return path.open("a+b")
        except FileNotFoundError:
            continue  # ``sweep`` took the folder away at this moment


def _is_at(handle: int, path: Path) -> bool:
    """Whether the locked file is still the one at ``path``; ``sweep`` may have taken it away meanwhile."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
