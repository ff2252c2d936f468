"""A home of its own for one gateway of ``llm-gateway up``, and programs that stand in for LiteLLM."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mcp_server.run.programs import cache_root

SECONDS = 150
#: Serves what a readiness question wants, on the port that it is given.
SERVES = """
import http.server, os, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"status": "healthy"}')
if "--version" in sys.argv:
    print("LiteLLM: Current Version = 9.8.7"); sys.exit()
print("key", os.environ.get("LITELLM_MASTER_KEY"), "base", os.environ.get("ANTHROPIC_BASE_URL"), flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Ready).serve_forever()
"""
CONFIG = """model_list:
  - model_name: claude-opus-5-5
    litellm_params:
      model: anthropic/claude-opus-5-5
      api_key: os.environ/UPSTREAM_KEY
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""


class Home:
    """Runs ``llm-gateway`` as a person with this home would."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home, self.tmp, self.project = place / "home", place / "tmp", place / "project"
        for folder in (self.home, self.tmp, self.project):
            folder.mkdir(parents=True)
        self.state = self.home / ".local" / "state" / "llm-gateway" / "gateway"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.tmp),
            "LLM_GATEWAY_CACHE": str(cache_root()),
            "UPSTREAM_KEY": "not-a-real-key",
        }

    def command(self, *arguments: str) -> list[str]:
        start = "from mcp_server.cli import main; main()"
        return [sys.executable, "-I", "-c", start, *arguments]

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.project,
            env={**self.environment, **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def answer(self, *arguments: str) -> dict[str, Any]:
        done = self.run(*arguments, "--json")
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            raise AssertionError(f"{arguments}: {done.returncode}: {done.stdout}{done.stderr}") from None

    def listing(self) -> set[str]:
        """Every file and folder, by path and content."""
        return {
            f"{path.relative_to(self.place)} {path.read_bytes()!r}" if path.is_file() else str(path)
            for path in self.place.rglob("*")
        }

    def processes(self) -> set[int]:
        """Everything that runs with this home in its environment."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    if f"HOME={self.home}\0".encode() in (entry / "environ").read_bytes():
                        found.add(int(entry.name))
        return found

    def services(self) -> dict[str, Any]:
        return dict(json.loads((self.state / "state.json").read_text())["services"])

    def program(self, source: str, name: str = "fake-litellm") -> str:
        path = self.place / name
        # As pip writes it where the interpreter's path holds a blank, which no first line of a script can.
        start = f"#!/bin/sh\n'''exec' {shlex.quote(sys.executable)} -I \"$0\" \"$@\"\n' '''\n"
        path.write_text(f"{start}{source}", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def config(self, text: str = CONFIG, name: str = "litellm.yaml") -> str:
        path = self.project / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def end(self) -> None:
        """Ends what a failed test left."""
        self.run("down")
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for what happens in another process."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError):
            if true():
                return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
