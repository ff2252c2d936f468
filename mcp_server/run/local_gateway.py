"""Starts the supervisor with its services, waits until they answer, and stops and tidies up all of it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mcp_server.change import journal
from mcp_server.errors import GatewayError
from mcp_server.redact import quote
from mcp_server.run import gateway_state, processes
from mcp_server.run.gateway_state import About, Lock, Plan

_START = "from mcp_server.run.supervisor import main; main()"
_LOG_END = 20_000
_STOP_SECONDS = 20.0


def spawn(plan: Plan, lock: Lock, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A supervisor of its own session that holds ``lock`` from now on; ``environment`` is all its services get.

    Raises:
        GatewayError: the state folder cannot be written, or the process not be started.
    """
    gateway_state.write("plan.json", asdict(plan))
    place = gateway_state.folder()
    told = {"LLM_GATEWAY_STATE": str(place.parent.absolute())}
    log = os.open(place / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _START, str(lock.handle)],
            cwd=place,
            env={**environment, **told},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock.handle,),
            start_new_session=True,
        )
    except OSError as error:
        raise GatewayError(
            f"the supervisor cannot be started ({error.strerror}).", "Free memory or processes, then try again."
        ) from error
    finally:
        os.close(log)


async def ready(supervisor: subprocess.Popen[bytes], base_url: str, seconds: float) -> None:
    """Waits until LiteLLM answers.

    Raises:
        GatewayError: a service ended, the supervisor ended, or ``seconds`` passed. The message holds the reason.
    """
    from mcp_server.net.http import request
    from mcp_server.net.route import NetFailure, Route

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if supervisor.poll() is not None:
            raise GatewayError(f"the supervisor ended: {_end_of('supervisor.log')}", "Report it: this is a defect.")
        for name, state in gateway_state.services().items():
            if state["ends"]:
                raise GatewayError(
                    f"{name} {state['ends'][-1]['how']} instead of starting: {reason(name)}",
                    "Correct what it names, then run the command again.",
                )
            if state["waits_for"]:
                raise GatewayError(f"{name} cannot listen on {state['waits_for']}.", "Choose another port: --port N")
        with contextlib.suppress(NetFailure):
            reply = await request(Route(base_url, timeout=2), "GET", "/health/readiness", headers={})
            if reply.status == 200:
                return
        await asyncio.sleep(0.15)
    raise GatewayError(
        f"LiteLLM did not become ready within {seconds:.0f} s: {reason('litellm')}",
        "A large file or a slow machine may need longer: --wait SECONDS.",
    )


def reason(name: str) -> str:
    """The telling line of a service's log, safe to show."""
    from mcp_server.run.litellm import reason as telling

    text = _tail(f"{name}.log").strip()
    return quote(telling(text) if text else "it wrote nothing", 400)


def log_size() -> int:
    """Bytes of LiteLLM's log now."""
    try:
        return (gateway_state.folder() / gateway_state.LOG).stat().st_size
    except OSError:
        return 0


def stop() -> None:
    """Ends the supervisor and every process it has written down; strangers with the same number are left alone.

    Raises:
        GatewayError: one of them does not end.
    """
    supervisor = gateway_state.supervisor()
    if supervisor is not None:
        processes.stop(supervisor, _STOP_SECONDS)
    for child in gateway_state.children():
        if not processes.stop(child):
            raise GatewayError(f"process {child.pid} does not end.", f"End it by hand: kill -9 {child.pid}")


def tidy(about: About | None) -> None:
    """Takes away every file that ``up`` made. The caller holds the lock, and nothing runs any more."""
    if about is not None and about.key_made:
        with contextlib.suppress(OSError):
            Path(about.key_file).unlink()
    if about is not None and about.change:
        journal.sweep(about.change)
    gateway_state.remove()
    for made in reversed(about.folders if about is not None else ()):
        with contextlib.suppress(OSError):
            Path(made).rmdir()  # only when it is empty


def _tail(name: str) -> str:
    try:
        with (gateway_state.folder() / name).open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_END))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _end_of(name: str) -> str:
    lines = _tail(name).strip().splitlines()
    return quote(lines[-1] if lines else "it wrote nothing", 400)
