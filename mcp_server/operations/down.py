"""``down``: stops exactly what ``up`` started, takes its files away, and on request the client's settings back."""

from __future__ import annotations

import time

from mcp_server.answer import Answer, Check
from mcp_server.change.apply import rollback
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote
from mcp_server.run import gateway_state, local_gateway
from mcp_server.run.gateway_state import About, Lock

_LOCK_SECONDS = 10.0


def run(*, undo_settings: bool = False) -> Answer:
    """Everything of the gateway gone. A change of the laboratory's settings is always undone: they lead nowhere now.

    Raises:
        GatewayError: it is just being started, or a process does not end; nothing is removed then.
    """
    if not gateway_state.folder().exists():
        return Answer(verdict="unknown", quick_answer="Nothing to stop: no gateway was started by llm-gateway up.")
    lock = gateway_state.take_lock()
    if lock is None:
        holder, supervisor = gateway_state.holder(), gateway_state.supervisor()
        if supervisor is None or holder != supervisor:
            number = f" by process {holder.pid}" if holder else ""
            raise GatewayError(
                f"the gateway is being started or stopped just now{number}.", "Wait for it, or end that command."
            )
        local_gateway.stop()
        lock = _lock()
    try:
        local_gateway.stop()  # what a killed supervisor left
        about = gateway_state.about()
        settings = _settings(about, undo=undo_settings)
        local_gateway.tidy(about)
    finally:
        lock.release()
    stopped = f"The gateway at {about.base_url} is stopped" if about else "What was left of a gateway is gone"
    return Answer(
        verdict="warnings" if any(check.status == "fail" for check in settings) else "ok",
        quick_answer=f"{stopped}; its processes and files are gone.",
        verification=settings,
    )


def _lock() -> Lock:
    deadline = time.monotonic() + _LOCK_SECONDS
    while time.monotonic() < deadline:
        lock = gateway_state.take_lock()
        if lock is not None:
            return lock
        time.sleep(0.05)
    raise GatewayError("another llm-gateway holds the gateway.", "Run llm-gateway status, then down again.")


def _settings(about: About | None, *, undo: bool) -> list[Check]:
    if about is None or not about.change:
        return []
    command = f"llm-gateway rollback {about.change}"
    if not (undo or about.lab):
        detail = f"Claude Code's settings still name {about.base_url}, where nothing answers now."
        return [Check(title="settings", status="todo", detail=detail, command=command)]
    try:
        rollback(about.change)
    except UsageError:
        return [Check(title="settings", status="pass", detail="They were taken back before.")]
    except GatewayError as error:
        detail = f"Not taken back: {quote(error.problem, 300)} {quote(error.fix, 300)}"
        return [Check(title="settings", status="fail", detail=detail, command=command)]
    return [Check(title="settings", status="pass", detail="As they were before, byte for byte.")]
