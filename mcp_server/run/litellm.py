"""Starts the real LiteLLM proxy as a child process and stops exactly that process again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.net.http import request
from mcp_server.net.ports import free_port, in_use
from mcp_server.net.route import NetFailure, Route
from mcp_server.redact import quote

#: ``-c`` instead of the ``litellm`` script: a script's first line names the folder it was installed in.
_START = "from litellm.proxy.proxy_cli import run_server; run_server()"
#: Keeps LiteLLM from calling out at start (price map and blog posts).
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOCAL_BLOG_POSTS": "True"}


@dataclass(frozen=True)
class Gateway:
    """A LiteLLM that answers: where it listens, its process id, its log."""

    base_url: str
    pid: int
    log: Path


@asynccontextmanager
async def litellm_gateway(
    python: Path,
    config: Path,
    *,
    environment: Mapping[str, str],
    log: Path,
    port: int | None = None,
    ready_seconds: float = 90,
) -> AsyncIterator[Gateway]:
    """A running LiteLLM for the duration of the block; ``environment`` is added to this process's own.

    Raises:
        GatewayError: the port is taken, LiteLLM exits, or it is not ready within ``ready_seconds``.
    """
    if port is not None and in_use(port):
        raise GatewayError(
            f"port {port} on 127.0.0.1 is in use, so LiteLLM cannot listen there.",
            "Stop the program that holds it, or choose another port.",
        )
    port = port or free_port()
    base_url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(python), "-I", "-c", _START, "--config", str(config), "--host", "127.0.0.1", "--port", str(port),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **OFFLINE, **environment},
            start_new_session=True,
        )  # fmt: skip
    try:
        await _ready(process, base_url, log, ready_seconds)
        yield Gateway(base_url, process.pid, log)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, base_url: str, log: Path, seconds: float) -> None:
    route = Route(base_url, timeout=2)
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            raise GatewayError(
                f"LiteLLM ended with exit code {process.returncode} instead of starting: {_reason(log)}",
                f"Correct the configuration; the whole log is in {log}.",
            )
        try:
            if (await request(route, "GET", "/health/readiness", headers={})).status == 200:
                return
        except NetFailure:
            pass
        await asyncio.sleep(0.1)
    raise GatewayError(
        f"LiteLLM did not become ready within {seconds:.0f} s: {_reason(log)}", f"Look into its log {log}."
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ends the process and its children (its own session): politely first, then for certain."""
    for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, sign)
            await asyncio.wait_for(process.wait(), patience)
        except (ProcessLookupError, asyncio.TimeoutError):
            continue


def _reason(log: Path) -> str:
    """The most telling line of LiteLLM's log: its last error line, else its last line."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace")[-20_000:].splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line or "error" in line or "Exception" in line]
    return quote((telling or lines or ["it wrote nothing"])[-1], 400)
