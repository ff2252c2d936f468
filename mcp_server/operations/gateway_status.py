"""``status`` and ``logs``: how the gateway that ``up`` started is, and what it says."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mcp_server.answer import Answer, Check, Finding, Status
from mcp_server.catalogue.finding import finding
from mcp_server.errors import GatewayError
from mcp_server.redact import clean, quote, redact
from mcp_server.run import gateway_state, processes
from mcp_server.run.gateway_state import About

_SECONDS = 5.0
_FOLLOW_SECONDS = 0.3
_MAX_READ = 8_000_000
_MAX_LINE = 4_000


def logs() -> list[str]:
    """The services whose log can be shown."""
    return ["litellm", *sorted(p.stem for p in gateway_state.folder().glob("*.log") if p.stem != "litellm")]


async def status() -> Answer:
    """Whether it is up: release, since when, where, which models, and how it ended before."""
    about, supervisor = gateway_state.about(), gateway_state.supervisor()
    if about is None:
        holder = gateway_state.holder()
        if holder is not None and processes.runs(holder):
            return Answer(verdict="unknown", quick_answer=f"It is just being started by process {holder.pid}.")
        return _down("No gateway runs here.", "llm-gateway up starts one; llm-gateway up --lab needs no credentials.")
    services = gateway_state.services()
    if supervisor is None or not processes.runs(supervisor):
        left = [p for p in gateway_state.children() if processes.runs(p)]
        still = f" Process {left[0].pid} still runs without it." if left else ""
        return _down(
            f"The supervisor of the gateway at {about.base_url} was killed.{still}",
            "llm-gateway down clears it up; llm-gateway up does so too and starts a new one.",
        )
    code = await _asked(about)
    answers = code == 200
    checks = [
        Check(
            title="gateway",
            status="pass" if answers else "fail",
            detail=f"LiteLLM {about.version} at {about.base_url} "
            + ("answers" if answers else f"does not answer ({code or 'no connection'})"),
        ),
        *(_service(name, state) for name, state in services.items()),
    ]
    ends = sum(len(state["ends"]) for state in services.values())
    state = "is up" if answers else "does not answer"
    return Answer(
        verdict="errors" if not answers else "warnings" if ends else "ok",
        quick_answer=f"The gateway {state} at {about.base_url}, since {about.since}, with {len(about.models)} models"
        f"{' of the laboratory' if about.lab else ''}; kept alive by process {supervisor.pid}.",
        verification=checks,
        context=[
            f"Models: {', '.join(quote(name, 80) for name in about.models[:40])}. Main model: {quote(about.main, 80)}.",
            f"File: {quote(about.config, 200)}. Log: {gateway_state.folder() / gateway_state.LOG}.",
            *_errors(about),
        ],
        findings=[] if answers else [_unreachable(about)],
    )


def _down(said: str, fix: str) -> Answer:
    return Answer(verdict="errors", quick_answer=f"{said} {fix}")


async def _asked(about: About) -> int:
    from mcp_server.net.http import request
    from mcp_server.net.route import NetFailure, Route

    try:
        reply = await request(Route(about.base_url, timeout=_SECONDS), "GET", "/health/readiness", headers={})
    except NetFailure:
        return 0
    return reply.status


def _service(name: str, state: dict[str, Any]) -> Check:
    process = gateway_state.process(state.get("process"))
    ends = state["ends"]
    before = f"; {ends[-1]['how']} at {ends[-1]['at']}, started {state['starts']} times" if ends else ""
    shown: Status = "warn" if ends else "pass"
    if process is not None and processes.runs(process):
        return Check(title=name, status=shown, detail=f"process {process.pid} since {state['since']}{before}")
    waits = f"waits for {quote(state['waits_for'], 120)}" if state["waits_for"] else "does not run now"
    return Check(title=name, status="fail", detail=f"{waits}{before}", command=f"llm-gateway logs {name}")


def _errors(about: About) -> list[str]:
    """What went wrong since ``up`` was done; its own checks make LiteLLM complain too."""
    found = [
        line
        for line in lines("litellm", 400, about.log_from)
        if "ERROR" in line or "Traceback" in line or "Exception:" in line
    ]
    return [f"Last error in the log: {quote(found[-1], 300)}"] if found else []


def _unreachable(about: About) -> Finding:
    return finding(
        "gateway_unreachable",
        problem=f"nothing answers at {about.base_url}",
        fix="llm-gateway logs shows why; it is started again by itself, at most a minute later.",
    )


def lines(name: str, count: int, start: int = 0) -> list[str]:
    """The last ``count`` lines of a service's log, without credentials and control characters.

    Raises:
        GatewayError: there is no such log.
    """
    path = _log(name)
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(start if start <= size else 0, size - _MAX_READ))
            text = stream.read().decode("utf-8", "replace")
    except OSError as error:
        raise _unreadable(path, error) from error
    return _safe("\n".join(text.splitlines()[-count:]) if count else "").splitlines()


def follow(name: str, more: Callable[[], bool] = lambda: True) -> Iterator[str]:
    """Lines as they come, from now on, until ``more`` says no or the log is gone."""
    path = _log(name)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    with stream:
        stream.seek(0, os.SEEK_END)
        rest = b""
        while more() and path.exists():
            data = stream.read(_MAX_READ)
            if not data:
                if stream.tell() > os.fstat(stream.fileno()).st_size:
                    stream.seek(0)  # it was shortened
                time.sleep(_FOLLOW_SECONDS)
                continue
            *whole, rest = (rest + data).split(b"\n")
            yield from _safe(b"\n".join(whole).decode("utf-8", "replace")).splitlines()


def _safe(text: str) -> str:
    """Redacted as one text, since a private key is many lines long."""
    return "\n".join(line[:_MAX_LINE] for line in redact(clean(text)).split("\n"))


def _log(name: str) -> Path:
    return gateway_state.folder() / f"{name}.log"


def _unreadable(path: Path, error: OSError) -> GatewayError:
    if isinstance(error, FileNotFoundError):
        return GatewayError(f"there is no log {quote(str(path), 200)}.", "llm-gateway status says what runs.")
    return GatewayError(f"{quote(str(path), 200)} cannot be read: {error.strerror}.", "Check its rights.")
