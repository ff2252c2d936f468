"""Runs the real Claude Code once, non-interactively, in a home of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

#: What a child still needs of this process's environment; everything else (credentials, proxies) stays out.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Reply:
    """What one ``claude -p`` run ended with."""

    text: str
    is_error: bool
    turns: int
    seconds: float
    exit_code: int
    usage: Mapping[str, Any]


async def ask(
    executable: Path,
    prompt: str,
    *,
    home: Path,
    project: Path,
    environment: Mapping[str, str],
    options: Sequence[str] = (),
    seconds: float = 60,
) -> Reply:
    """Sends ``prompt`` and waits for the final answer.

    ``home`` becomes HOME and holds the client's whole state; ``environment`` holds the gateway settings. Retries
    are off (the default is about three minutes of silence) and so is the traffic that no model request needs.

    Raises:
        GatewayError: Claude Code cannot be started, gave no answer in time, or printed no result.
    """
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        **environment,
    }
    begin = time.monotonic()
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(executable), "-p", prompt, "--output-format", "json", *options),
            cwd=project,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise GatewayError(
            f"Claude Code cannot be started ({error.strerror}).", f"Check that {executable} exists and may be run."
        ) from error
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except asyncio.TimeoutError as error:
        raise GatewayError(
            f"Claude Code gave no answer within {seconds:.0f} s.",
            "Look at the gateway's log: it holds the last request.",
        ) from error
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    took = time.monotonic() - begin
    return _reply(out, err, process.returncode or 0, took)


def _reply(out: bytes, err: bytes, exit_code: int, seconds: float) -> Reply:
    try:
        result = json.loads(out)
        text, is_error = str(result["result"]), bool(result["is_error"])
    except (ValueError, KeyError, TypeError) as error:
        said = quote((out or err).decode("utf-8", errors="replace"), 400) or "nothing"
        raise GatewayError(
            f"Claude Code ended with exit code {exit_code} and printed no result; it said: {said}.",
            "Run the same command by hand to see its whole output.",
        ) from error
    return Reply(text, is_error, int(result.get("num_turns", 0)), seconds, exit_code, result.get("usage") or {})
