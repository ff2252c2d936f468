"""Several prompts to one real Claude Code, one after the other, with what it streamed of each answer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST_LINE = 8_000_000


@dataclass(frozen=True)
class Turn:
    """One answer. ``pieces``: how many pieces of text came while it was written; ``tools``: what was called for it."""

    text: str
    is_error: bool
    pieces: int
    tools: tuple[str, ...]


async def converse(
    start: Sequence[str],
    prompts: Sequence[str],
    *,
    home: Path,
    project: Path,
    environment: Mapping[str, str],
    options: Sequence[str] = (),
    seconds: float = 120,
) -> list[Turn]:
    """The answers to ``prompts``, fewer when the client ends early. ``start``: the command without its arguments.

    Raises:
        TimeoutError: not every answer came within ``seconds``.
    """
    command = [
        *(*start, "-p", "--input-format", "stream-json", "--output-format", "stream-json"),
        *("--verbose", "--include-partial-messages", "--allowedTools", "Read", *options),
    ]
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        **environment,
    }
    with (home / "client.log").open("wb") as errors:
        client = await asyncio.create_subprocess_exec(
            *command,
            cwd=project,
            env=variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
    try:
        return await asyncio.wait_for(_turns(client, prompts), seconds)
    finally:
        if client.returncode is None:
            os.killpg(client.pid, signal.SIGKILL)
        await client.wait()


async def _turns(client: asyncio.subprocess.Process, prompts: Sequence[str]) -> list[Turn]:
    assert client.stdin is not None
    found = []
    for prompt in prompts:
        said = {"type": "user", "message": {"role": "user", "content": prompt}}
        client.stdin.write(json.dumps(said).encode() + b"\n")
        try:
            await client.stdin.drain()
        except ConnectionError:
            break
        turn = await _turn(client)
        if turn is None:
            break
        found.append(turn)
    client.stdin.close()
    await client.wait()
    return found


async def _turn(client: asyncio.subprocess.Process) -> Turn | None:
    assert client.stdout is not None
    pieces, tools = 0, list[str]()
    while line := await client.stdout.readline():
        told: dict[str, Any] = json.loads(line)
        event = told.get("event", {})
        if event.get("type") == "content_block_delta" and event["delta"].get("type") == "text_delta":
            pieces += 1
        if told["type"] == "assistant":
            tools += [block["name"] for block in told["message"]["content"] if block["type"] == "tool_use"]
        if told["type"] == "result":
            return Turn(str(told.get("result", told.get("errors", ""))), told["is_error"], pieces, tuple(tools))
    return None
