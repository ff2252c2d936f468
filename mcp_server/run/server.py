"""A real gateway as a child process: started, awaited until it is ready, and exactly that process stopped again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.net.http import request
from mcp_server.net.ports import in_use
from mcp_server.net.route import NetFailure, Route
from mcp_server.redact import quote


@dataclass(frozen=True)
class Gateway:
    """A gateway that answers: where it listens, its process id, its log."""

    base_url: str
    pid: int
    log: Path


@asynccontextmanager
async def server(
    title: str,
    command: Sequence[str],
    *,
    port: int,
    ready: str,
    environment: Mapping[str, str],
    log: Path,
    reason: Callable[[str], str],
    seconds: float,
) -> AsyncIterator[Gateway]:
    """``command`` running for the duration of the block, listening on the loopback ``port``.

    ``environment`` is all it gets; ``ready`` is the path that answers 200 when it is; ``reason`` picks the telling
    line of its log. Raises GatewayError when the port is taken, the program ends, or ``seconds`` pass.
    """
    if in_use(port):
        raise GatewayError(
            f"port {port} on 127.0.0.1 is in use, so {title} cannot listen there.",
            "Stop the program that holds it, or choose another port.",
        )
    base_url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        await _ready(title, process, Route(base_url, timeout=2), ready, log, reason, seconds)
        yield Gateway(base_url, process.pid, log)
    finally:
        await stop(process)


async def _ready(
    title: str,
    process: asyncio.subprocess.Process,
    route: Route,
    path: str,
    log: Path,
    reason: Callable[[str], str],
    seconds: float,
) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            raise GatewayError(
                f"{title} ended with exit code {process.returncode} instead of starting: {_said(log, reason)}",
                f"Correct the configuration; the whole log is in {log}.",
            )
        try:
            if (await request(route, "GET", path, headers={})).status == 200:
                return
        except NetFailure:
            pass
        await asyncio.sleep(0.1)
    raise GatewayError(
        f"{title} did not become ready within {seconds:.0f} s: {_said(log, reason)}", f"Look into its log {log}."
    )


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ends the process and its children (its own session): politely first, then for certain."""
    for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, sign)
            await asyncio.wait_for(process.wait(), patience)
        except (ProcessLookupError, asyncio.TimeoutError):
            continue


def _said(log: Path, reason: Callable[[str], str]) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")[-20_000:].strip()
    return quote(reason(text) if text else "it wrote nothing", 400)
