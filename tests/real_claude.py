"""Drives the real Claude Code for one request and tells what machine it saw."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server.environment import snapshot
from mcp_server.run.programs import claude_code
from mcp_server.snapshot import Snapshot

REFUSAL = json.dumps({"type": "error", "error": {"type": "billing_error", "message": "stop here"}}).encode()
#: 402 ends Claude Code at once, in every version.
ANSWER = b"HTTP/1.1 402 Payment Required\r\ncontent-type: application/json\r\nconnection: close\r\n" + (
    b"content-length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL)
)


async def claude(version: str, folder: Path, shell: Mapping[str, str], settings: Mapping[str, Any]) -> Snapshot:
    """One ``claude -p hi``; returns the machine as it saw it."""
    home, project = folder / "home", folder / "project"
    for place in (home / ".claude", project):
        place.mkdir(parents=True, exist_ok=True)
    (home / ".claude" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    seen = {"ANTHROPIC_AUTH_TOKEN": "sk-test-token", **shell}
    process = await asyncio.create_subprocess_exec(
        *(str(claude_code(version)), "-p", "hi"),
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **seen,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(process.communicate(), 60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    machine = snapshot(shell=seen, home=home, project=project, run_claude=False)
    return Snapshot(machine.shell, machine.settings_files, machine.home, machine.project, version)
