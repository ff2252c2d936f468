"""Asks the installed LiteLLM whether it would start with each configuration. Run by its own Python.

Standard input: one JSON object per line, ``{"path": ..., "environment": {...}}``. Standard output: one per line,
``{"path", "starts", "message", "dropped"}``. Each file is loaded in a process of its own that is forked after the
import of LiteLLM (seconds) and has no network to speak of: nothing answers on the addresses in the files.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

SECONDS_PER_FILE = 30


def main() -> None:
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR")
    from litellm.proxy import proxy_server  # the slow import, shared by all children

    for line in sys.stdin:
        job = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            signal.alarm(SECONDS_PER_FILE)
            verdict = judge(proxy_server, job)
            os.write(writing, json.dumps(verdict).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            said = stream.read()
        os.waitpid(child, 0)
        verdict = json.loads(said) if said else {"starts": None, "message": "no verdict in time", "dropped": []}
        sys.stdout.write(json.dumps({"path": job["path"], **verdict}) + "\n")
        sys.stdout.flush()


def judge(proxy_server: Any, job: dict[str, Any]) -> dict[str, Any]:
    from litellm.proxy.auth import master_key_boot_check as check

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.environ.update(job["environment"])
    os.chdir(Path(job["path"]).parent)
    log = Log()
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).addHandler(log)
    try:
        _, _, settings = asyncio.run(proxy_server.ProxyConfig().load_config(router=None, config_file_path=job["path"]))
        general = settings or {}
        from_environment = os.environ.get("LITELLM_MASTER_KEY")
        check.enforce_master_key_boot_verdict(
            check.master_key_boot_verdict(
                master_key=proxy_server.master_key if "master_key" in general else from_environment,
                environment_master_key=from_environment,
                general_settings=general,
                config_file_path=job["path"],
                override_env_is_on=False,
                salt_key_is_set=False,
                database_is_configured=False,
            ),
            lambda _: None,
        )
    except BaseException as error:
        return {"starts": False, "message": f"{type(error).__name__}: {error}"[:300], "dropped": log.dropped}
    return {"starts": True, "message": "", "dropped": log.dropped}


class Log(logging.Handler):
    """Keeps the lines with which LiteLLM drops a deployment."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.dropped: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "Error creating deployment" in message:
            self.dropped.append(message[:300])


if __name__ == "__main__":
    main()
