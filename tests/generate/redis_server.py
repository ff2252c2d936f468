"""A Redis of the test's own, for generated files that share their counters in one."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp_server.net.ports import free_port


@contextmanager
def redis(folder: Path, password: str) -> Iterator[int]:
    """The port of a running server; it keeps nothing."""
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed; maintenance/system_packages.sh names the packages"
    port, log = free_port(), folder / "redis.log"
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", password]
    with log.open("wb") as output:
        child = subprocess.Popen([program, *options], cwd=folder, stdout=output, stderr=output)
        try:
            for _ in range(200):
                if "eady to accept connections" in log.read_text(errors="replace"):
                    break
                time.sleep(0.05)
            yield port
        finally:
            child.terminate()
            child.wait(10)
