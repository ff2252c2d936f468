"""Asks the installed LiteLLM what it does with each configuration. Run by its own Python.

Standard input: one JSON object per line, ``{"path", "environment", "models", "down"}``. ``models`` (may be absent) are
asked for through ``POST /v1/messages``, plain and streamed, of an upstream that answers and (unless ``down`` is false)
of one that is down. Standard output, one per line: ``{"path", "starts", "message", "dropped", "log", "calls"}``;
``starts`` is ``None`` when there was no verdict in time; a call holds the status for the client and every request that
LiteLLM sent for it.

Each file is loaded by the real start of the proxy, in a process of its own that is forked after the import of LiteLLM
(seconds). Nothing leaves the process: every HTTP client is answered by ``litellm_upstream``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from google.oauth2 import service_account
from litellm_upstream import Upstream

SECONDS_PER_FILE = 30
SECONDS_PER_CALL = 10
NO_VERDICT = {"starts": None, "message": "no verdict in time", "dropped": [], "log": [], "calls": []}
#: Packages whose modules LiteLLM imports at its first call; the parent imports them too, for all later children.
WARM = ("litellm", "httpx", "openai", "google", "botocore", "boto3", "aiohttp", "tiktoken")
Say = Callable[[dict[str, Any]], None]


def main() -> None:
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOCAL_BLOG_POSTS="True", LITELLM_LOG="ERROR")
    from litellm.proxy import proxy_server  # the slow import, shared by all children

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/messages",
        "root_path": "",
        "headers": [],
        "query_string": b"",
    }
    for route in proxy_server.app.router.routes:
        route.matches(scope)  # FastAPI prepares a route when it first looks at it
    failed: set[str] = set()
    for line in sys.stdin:
        job = json.loads(line)
        verdict = in_child(lambda say, job=job: judge(proxy_server, job, say))
        for name in verdict.pop("modules", ()):
            if name not in sys.modules and name not in failed:
                try:
                    __import__(name)
                except Exception:  # a module that is imported for its absence
                    failed.add(name)
        sys.stdout.write(json.dumps({"path": job["path"], **verdict}) + "\n")
        sys.stdout.flush()


def in_child(work: Callable[[Say], None]) -> dict[str, Any]:
    """What ``work`` says in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS_PER_FILE)
        before = set(sys.modules)

        def say(verdict: dict[str, Any]) -> None:
            new = [name for name in sys.modules if name not in before and name.startswith(WARM)]
            with os.fdopen(writing, "wb") as stream:
                stream.write(json.dumps({**verdict, "modules": new}).encode())
            os._exit(0)

        work(say)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else dict(NO_VERDICT)


def judge(proxy_server: Any, job: dict[str, Any], say: Say) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.environ.update(job["environment"], CONFIG_FILE_PATH=job["path"])
    os.chdir(Path(job["path"]).parent)
    log, upstream = Log(), Upstream()
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).addHandler(log)
    httpx.AsyncClient._transport_for_url = lambda self, url: upstream.transport  # type: ignore[method-assign]
    httpx.Client._transport_for_url = lambda self, url: upstream.transport  # type: ignore[method-assign]
    service_account.Credentials.refresh = refresh
    proxy_server.litellm.Router._time_to_sleep_before_retry = lambda *_, **__: 0
    calls: list[dict[str, Any]] = []

    async def run() -> None:
        async with proxy_server.proxy_startup_event(proxy_server.app):
            lines = list(log.lines)
            for model in job.get("models", ()):
                for down in (False, True) if job.get("down", True) else (False,):
                    for stream in (False, True):
                        upstream.down, upstream.sent = down, []
                        status = await ask(proxy_server, model, stream)
                        calls.append({"model": model, "stream": stream, "down": down, **status, "sent": upstream.sent})
            say({"starts": True, "message": "", "dropped": log.dropped, "log": lines, "calls": calls})

    try:
        asyncio.run(run())
    except BaseException as error:
        message = f"{type(error).__name__}: {error}"[:300]
        say({"starts": False, "message": message, "dropped": log.dropped, "log": log.lines, "calls": []})


def refresh(credentials: Any, request: Any) -> None:
    """Google's token, without asking Google."""
    credentials.token = "t"


async def ask(proxy_server: Any, model: str, stream: bool) -> dict[str, Any]:
    """Status and error text of one call as Claude Code makes it; status 0 when there is no answer."""
    random.seed(0)  # the choice among equal deployments
    body = {
        "model": model,
        "max_tokens": 64,
        "stream": stream,
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [{"name": "Read", "description": "reads", "input_schema": {"type": "object", "properties": {}}}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    headers = {"authorization": f"Bearer {proxy_server.master_key}", "anthropic-version": "2023-06-01"}
    request = httpx.Request("POST", "http://gateway/v1/messages?beta=true", json=body, headers=headers)
    transport = httpx.ASGITransport(proxy_server.app, raise_app_exceptions=False)
    try:
        answer = await asyncio.wait_for(transport.handle_async_request(request), SECONDS_PER_CALL)
        text = (await answer.aread()).decode("utf-8", "replace")
    except Exception as error:  # what the client sees as a closed connection
        return {"status": 0, "error": repr(error)[:200]}
    broken = answer.status_code != 200 or '"type":"error"' in text.replace(" ", "")
    return {"status": answer.status_code, "error": text[:400] if broken else ""}


class Log(logging.Handler):
    """Keeps the error lines of the start; ``dropped`` are those with which LiteLLM drops a deployment."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.dropped: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        (self.dropped if "Error creating deployment" in message else self.lines).append(message[:300])


if __name__ == "__main__":
    main()
