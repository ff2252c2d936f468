"""A scratch machine for one failure state: files, variables, and the environment that a real library then sees."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

from mcp_server.environment import snapshot
from mcp_server.snapshot import Snapshot

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Machine:
    """Home folder and variables. ``text`` is what the real library said."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def file(self, name: str, content: Any, mode: int = 0o600) -> Path:
        """Writes ``content`` (text, or data as JSON) below the home folder."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        path.chmod(mode)
        return path

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This process's environment is the machine's."""
        base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.home), "NO_GCE_CHECK": "true"}
        with mock.patch.dict(os.environ, {**base, "AWS_EC2_METADATA_DISABLED": "true", **self.variables}, clear=True):
            yield

    def snapshot(self) -> Snapshot:
        """The machine as the product reads it."""
        if self.settings:
            self.file(".claude/settings.json", self.settings)
        shell = {"HOME": str(self.home), "NO_GCE_CHECK": "true", **self.variables}
        return snapshot(shell=shell, home=self.home, project=self.home, managed=self.home / "none", run_claude=False)


def raised(call: Callable[[], object], *, whole: bool = False) -> str:
    """The text of the exception that ``call`` raises; ``whole``: with the traceback, as a program without a handler."""
    try:
        call()
    except Exception as failure:
        if isinstance(failure, Warning):
            raise
        lines = traceback.format_exception(failure)
        return "".join(lines) if whole else traceback.format_exception_only(failure)[-1].strip()
    raise AssertionError("the library raised nothing")


@contextlib.contextmanager
def answering(answer: Callable[[str, bytes], Answer] | Answer) -> Iterator[str]:
    """A server on loopback that answers by path and body, or always the same; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

        def reply(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            found = answer(self.path, data) if callable(answer) else answer
            status, content = found[0], found[1]
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            headers = {"content-type": "application/json", **(found[2] if len(found) > 2 else {})}
            for name, value in {**headers, "content-length": str(len(body)), "connection": "close"}.items():
                self.send_header(name, value)
            self.close_connection = True
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = reply  # noqa: N815 - the base class names them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class State:
    """One failure state: ``make`` prepares the machine and returns the real library's words.

    ``causes``: ids that are right, the best first. ``names``: what the answer must name (regular expressions over
    quick answer, findings, edits and commands). ``provider``: what the user tells the tool.
    """

    id: str
    make: Callable[[Machine], str]
    causes: tuple[str, ...]
    names: tuple[str, ...]
    provider: str = "auto"
