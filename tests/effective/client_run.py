"""One ``claude -p`` run with files in every scope, against recording gateways and proxies on loopback.

What arrives first is the truth that the effective view is compared with.

    PYTHONPATH=.:tests python tests/effective/client_run.py [NAME …]    record cases/view_measured.json again
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from real_claude import REFUSAL

from mcp_server.environment import snapshot
from mcp_server.run.programs import claude_code
from mcp_server.snapshot import Snapshot

#: In a case, ``{a}`` … stand for the ports of three gateways, ``{p}`` and ``{q}`` for those of two proxies.
GATEWAYS, PROXIES = ("a", "b", "c"), ("p", "q")
SCOPES = ("user", "project", "local", "managed", "flag")
SECONDS = 60
VERSIONS = ("2.1.330", "2.1.197")
CASES = Path(__file__).parent / "cases" / "view.yaml"
MEASURED = Path(__file__).parent / "cases" / "view_measured.json"
#: Headers whose value differs from run to run or from machine to machine; their names are compared.
VOLATILE = re.compile(
    r"x-claude-code-session-id|x-stainless-(arch|os|runtime-version)|x-amz-(date|content-sha256)|anthropic-beta"
)
#: Headers of the transport: what the network library adds, not what Claude Code decides.
TRANSPORT = ("host", "connection", "content-length", "accept-encoding", "proxy-connection", "transfer-encoding")


@dataclass(frozen=True)
class Arrival:
    """One request as it arrived. ``body`` is empty for anything that is no JSON object."""

    label: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass
class Listeners:
    """Running recorders by label; each refuses everything with 402, which ends the client at once."""

    ports: dict[str, int] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)

    def fill(self, text: str) -> str:
        for label, port in self.ports.items():
            text = text.replace(f"{{{label}}}", str(port))
        return text

    def name_ports(self, text: str) -> str:
        """The reverse: ports become their labels, so that two runs compare."""
        for label, port in self.ports.items():
            text = text.replace(f":{port}", f":{{{label}}}")
        return text


@contextlib.contextmanager
def listening() -> Iterator[Listeners]:
    found = Listeners()
    servers = []
    for label in (*GATEWAYS, *PROXIES):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(label, found.arrivals))
        found.ports[label] = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
    try:
        yield found
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(label: str, arrivals: list[Arrival]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

        def answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                body = json.loads(data)
            except ValueError:
                body = {}
            headers = {name.lower(): value for name, value in self.headers.items()}
            arrivals.append(Arrival(label, self.command, self.path, headers, body if isinstance(body, dict) else {}))
            self.close_connection = True
            # Without a company's settings (404) a client that is signed in to `claude gateway` goes on.
            self.send_response(404 if self.path == "/managed/settings" else 402)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(REFUSAL)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(REFUSAL)

        do_GET = do_HEAD = do_POST = do_CONNECT = answer  # noqa: N815 - the base class names them

    return Handler


@dataclass(frozen=True)
class Run:
    """A prepared machine and what the client did on it."""

    arrivals: tuple[Arrival, ...]
    said: str


def prepare(case: Mapping[str, Any], folder: Path, listeners: Listeners) -> dict[str, str]:
    """Writes the settings files of ``case`` below ``folder``; returns the shell's variables."""
    places = {
        "user": folder / "home" / ".claude" / "settings.json",
        "project": folder / "project" / ".claude" / "settings.json",
        "local": folder / "project" / ".claude" / "settings.local.json",
        "managed": folder / "etc" / "claude-code" / "managed-settings.json",
        "flag": folder / "flag.json",
    }
    for scope, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if scope in case:
            content = case[scope] if isinstance(case[scope], str) else json.dumps(case[scope])
            path.write_text(listeners.fill(content).replace("{home}", str(folder / "home")), encoding="utf-8")
    for name, content in case.get("files", {}).items():
        path = folder / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(listeners.fill(content if isinstance(content, str) else json.dumps(content)), encoding="utf-8")
    shell = {name: listeners.fill(str(value)) for name, value in case.get("shell", {}).items()}
    return {name: value.replace("{home}", str(folder / "home")) for name, value in shell.items()}


def machine(case: Mapping[str, Any], folder: Path, shell: Mapping[str, str], version: str) -> Snapshot:
    """The prepared machine as the product reads it."""
    return snapshot(
        shell=shell,
        home=folder / "home",
        project=folder / "project",
        managed=folder / "etc" / "claude-code",
        flag=str(folder / "flag.json") if "flag" in case else None,
        client_version=version,
    )


def run_client(case: Mapping[str, Any], folder: Path, shell: Mapping[str, str], version: str) -> str:
    """Runs the client once and returns what it printed. Managed settings need a mount of their own (root)."""
    command = [str(claude_code(version)), "-p", "hi", *case.get("arguments", ())]
    if "flag" in case:
        command += ["--settings", str(folder / "flag.json")]
    if "managed" in case:
        for name in ("passwd", "hosts", "resolv.conf", "nsswitch.conf"):
            with contextlib.suppress(OSError):
                shutil.copy(f"/etc/{name}", folder / "etc" / name)
        script = 'mount --bind "$1" /etc && shift && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", script, "sh", str(folder / "etc"), *command]
    process = subprocess.Popen(
        command,
        cwd=folder / "project",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **shell,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return out.decode("utf-8", "replace")


def measured(case: Mapping[str, Any], folder: Path, listeners: Listeners, version: str) -> tuple[dict[str, Any], str]:
    """What the first model request of ``case`` looked like (``{}`` when none left), and what the client printed."""
    shell = prepare(case, folder, listeners)
    listeners.arrivals.clear()
    said = run_client(case, folder, shell, version)
    return summary(listeners), said


def summary(listeners: Listeners) -> dict[str, Any]:
    """The first model request: ``proxy``, ``host``, ``path``, ``model`` and ``headers``. Only what was seen."""
    for arrival in list(listeners.arrivals):
        if arrival.method == "CONNECT":
            return {"proxy": arrival.label, "host": listeners.name_ports(arrival.target)}
        if arrival.method != "POST" or arrival.body.get("max_tokens", 0) <= 1:
            continue
        parts = urlsplit(arrival.target)
        proxied = arrival.label in PROXIES
        # 2.1.197 leaves the port out of the Host header of a request that it signs.
        host = (
            parts.netloc if proxied else f"{arrival.headers['host'].partition(':')[0]}:{listeners.ports[arrival.label]}"
        )
        path = parts.path
        model = arrival.body.get("model")
        if model is None:  # Bedrock and Vertex have it in the path
            kept = path.partition("/model/")[2].rpartition("/")[0] or path.rpartition("/models/")[2]
            model = unquote(kept.partition(":streamRawPredict")[0])
        return {
            "proxy": arrival.label if proxied else None,
            "host": listeners.name_ports(host),
            "path": path + (f"?{parts.query}" if parts.query else ""),
            "model": model,
            "headers": {
                name: "*" if VOLATILE.fullmatch(name) or value.startswith("AWS4-") else value
                for name, value in sorted(arrival.headers.items())
                if name not in TRANSPORT
            },
        }
    return {}


def cases() -> list[dict[str, Any]]:
    """The machines to compare on."""
    import yaml

    found: list[dict[str, Any]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))["cases"]
    return found


def record(names: Sequence[str]) -> None:
    """Measures the cases (all, or those named) in both versions, four at a time."""
    known = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    wanted = [case for case in cases() if not names or case["name"] in names]

    def one(case: Mapping[str, Any]) -> dict[str, Any]:
        seen = {}
        for version in VERSIONS:
            with listening() as listeners, tempfile.TemporaryDirectory() as folder:
                seen[version], _ = measured(case, Path(folder), listeners, version)
        return seen

    with ThreadPoolExecutor(4) as pool:
        for case, seen in zip(wanted, pool.map(one, wanted), strict=True):
            known[case["name"]] = seen
    kept = {case["name"]: known[case["name"]] for case in cases() if case["name"] in known}
    MEASURED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(sys.argv[1:])
