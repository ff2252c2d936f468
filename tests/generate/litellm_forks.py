"""Serves configurations with the installed LiteLLM, one process each. Run by LiteLLM's own Python.

LiteLLM is imported once (seconds of work); every configuration is then loaded by the proxy's own start in a process
that is forked off. Standard input: one JSON object per line, ``{"config", "port", "environment", "log"}`` to start one
on a loopback port, or ``{"stop": pid}``. Standard output: ``{"pid"}`` for each. The processes end with this one.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def main() -> None:
    from litellm.proxy import proxy_server

    running: set[int] = set()
    say({"pid": os.getpid()})
    for line in sys.stdin:
        job = json.loads(line)
        if "stop" in job:
            end(job["stop"])
            running.discard(job["stop"])
            say({"pid": job["stop"]})
        else:
            child = os.fork()
            if child == 0:
                serve(proxy_server.app, job)
            running.add(child)
            say({"pid": child})
    for pid in running:
        end(pid)


def serve(app: Any, job: dict[str, Any]) -> None:
    """The proxy with the file of ``job``, until it is stopped."""
    import uvicorn

    code = 1
    try:
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for there, here in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(there, here)
        os.environ.update(job["environment"], CONFIG_FILE_PATH=job["config"])
        os.chdir(Path(job["config"]).parent)
        uvicorn.run(app, host="127.0.0.1", port=job["port"], log_level="warning", lifespan="on")
        code = 0
    finally:
        os._exit(code)


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
