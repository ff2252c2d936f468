"""Keeps the gateway (and the laboratory behind it) alive: a process of its own, started by ``llm-gateway up``.

Each service leads a process group, so that its children end with it. One that ends is started again after a pause that
doubles from one second to a minute; those that stand after it in the plan depend on it and are started anew with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.net.ports import in_use
from mcp_server.run import gateway_state
from mcp_server.run.gateway_state import Plan, Service
from mcp_server.run.port_holder import holder
from mcp_server.run.processes import found

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: A service that lived this long begins with the first pause again.
_STEADY_SECONDS = 60.0
_TICK = 0.2
_STOP_SECONDS = 5.0
_MAX_LOG_BYTES = 20_000_000
_KEPT_ENDS = 10


def main() -> None:
    """Entry point: the number of the open, locked file is the only argument."""
    handle = int(sys.argv[1])
    os.set_inheritable(handle, False)
    gateway_state.Lock(handle).sign()
    plan = gateway_state.plan()
    if plan is None:
        sys.exit("the plan of the gateway cannot be read")
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda *_: ended.set())
    keep(plan, handle, ended)


def keep(plan: Plan, handle: int, ended: threading.Event) -> None:
    """Keeps the services of ``plan`` alive until ``ended`` is set or the state folder is gone."""
    kept = [_Kept(service, plan) for service in plan.services]
    gateway_state.write("state.json", _state(kept))  # what cannot be written down is not started
    try:
        while not ended.is_set() and not gateway_state.lost(handle):
            changed = False
            for number, each in enumerate(kept):
                if each.has_ended():
                    for dependent in kept[number + 1 :]:
                        dependent.stop("its provider was started anew")
                    changed = True
                changed |= each.start_when_due()
                each.shorten_log()
            if changed:
                _write(kept)
            ended.wait(_TICK)
    finally:
        for each in reversed(kept):
            each.stop("stopped")
        if not gateway_state.lost(handle):
            _write(kept)


def _state(kept: list[_Kept]) -> dict[str, Any]:
    me = found(os.getpid())
    return {"supervisor": asdict(me) if me else None, "services": {each.service.name: each.state() for each in kept}}


def _write(kept: list[_Kept]) -> None:
    with contextlib.suppress(GatewayError):  # a full disk must not end the gateway
        gateway_state.write("state.json", _state(kept))


class _Kept:
    """One service: its process now, when it may start next, how it ended before."""

    def __init__(self, service: Service, plan: Plan) -> None:
        self.service = service
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, Any] | None = None
        self._began = 0.0
        self._next = 0.0
        self._pause = FIRST_PAUSE
        self._starts = 0
        self._since = ""
        self._ends: list[dict[str, Any]] = []
        self._waits_for = ""

    def state(self) -> dict[str, Any]:
        return {
            "process": self._identity,
            "since": self._since,
            "starts": self._starts,
            "ends": self._ends,
            "waits_for": self._waits_for,
        }

    def has_ended(self) -> bool:
        """Notes the end of the process, when it has ended since the last look."""
        process = self._process
        if process is None or not _is_over(process.pid):
            return False
        self._end_group(signal.SIGKILL)  # before it is reaped: until then nobody else can have its number
        code = process.wait()
        self._note(f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}")
        if time.monotonic() - self._began > _STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        self._wait()
        return True

    def start_when_due(self) -> bool:
        """Starts it when it does not run and its pause is over; True when something changed."""
        if self._process is not None or time.monotonic() < self._next:
            return False
        if in_use(self.service.port):
            # LiteLLM would take a random port instead, where no client looks for it.
            who = holder(self.service.port) or "another program"
            waits, self._waits_for = self._waits_for, f"port {self.service.port}, held by {who}"
            self._next = time.monotonic() + FIRST_PAUSE
            return waits != self._waits_for
        self._waits_for = ""
        try:
            self._process = self._started()
        except (OSError, GatewayError) as error:
            reason = error.problem if isinstance(error, GatewayError) else error.strerror
            self._note(f"cannot be started: {reason}")
            self._wait()
            return True
        born = found(self._process.pid)
        self._identity = asdict(born) if born else None
        self._began, self._since = time.monotonic(), _now()
        self._starts += 1
        return True

    def stop(self, why: str) -> None:
        """Ends the process and its group; it may start again at once."""
        process, self._next = self._process, 0.0
        if process is None:
            return
        self._end_group(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while not _is_over(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._end_group(signal.SIGKILL)
        process.wait()
        self._note(why)

    def shorten_log(self) -> None:
        """A large log is copied aside and emptied; the service appends to it, so nothing is torn."""
        path = gateway_state.folder() / self.service.log
        with contextlib.suppress(OSError):
            if path.stat().st_size > _MAX_LOG_BYTES:
                shutil.copyfile(path, path.with_suffix(".old.log"), follow_symlinks=False)
                path.with_suffix(".old.log").chmod(0o600)
                os.truncate(path, 0)

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if k not in self.service.without}
        environment |= self.service.environment
        if self.service.keyed:
            environment[self._plan.key_variable] = _key(Path(self._plan.key_file))
        log = os.open(gateway_state.folder() / self.service.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                self.service.command,
                cwd=self._plan.cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)

    def _wait(self) -> None:
        self._next = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _end_group(self, sign: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)

    def _note(self, how: str) -> None:
        self._ends = [*self._ends, {"at": _now(), "how": how}][-_KEPT_ENDS:]
        self._process = self._identity = None


def _is_over(pid: int) -> bool:
    """Whether our child has ended, without reaping it."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return found(pid) is None
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _key(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayError(f"the key file {path} cannot be read.", "Run llm-gateway down, then up.") from error


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
