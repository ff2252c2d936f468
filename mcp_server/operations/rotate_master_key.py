"""``rotate --key-file``: the master key of a local LiteLLM, which reads it at its start and knows only one."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.answer import Answer, Check
from mcp_server.errors import GatewayError
from mcp_server.operations.rotation_steps import Steps, all_or_none, answer, rolled_back
from mcp_server.redact import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_server.net.litellm_keys import KeyApi

KEY_FILE = "~/.config/llm-gateway/litellm.key"
_RESTART_SECONDS = 90.0


async def rotate(path: Path, restart: str, api_for: Callable[[str], KeyApi], *, dry_run: bool) -> Answer:
    """File, restart, proof, and back if it fails; a plan without a restart command.

    Raises:
        GatewayError: the file holds no key.
    """
    from mcp_server.change import files

    held = files.content(path)
    old = (held or b"").decode("utf-8", "replace").strip()
    if not old:
        raise GatewayError(f"{quote(str(path), 200)} holds no key.", f"Name the key file; usually {KEY_FILE}.")
    if not restart or dry_run:
        return _master_plan(path)
    api = api_for(old)
    new = f"sk-{secrets.token_urlsafe(32)}"
    steps = Steps()
    failed = await all_or_none(steps, _exchanged(path, old, new, restart, api, steps))
    done = "The gateway's key was rotated: clients with apiKeyHelper read it from the file."
    return failed or answer("ok", done, steps)


async def _exchanged(path: Path, old: str, new: str, restart: str, api: KeyApi, steps: Steps) -> None:
    from mcp_server.change import apply as change
    from mcp_server.change.apply import Step
    from mcp_server.change.rotation import swapped

    steps.title = "Old key"
    if not await api.accepts(old):
        raise GatewayError("the gateway refuses the key of the file already.", "Start it with that file first.")
    steps.passed("accepted")
    steps.title = "New key in the file"
    record, _ = change.apply("rotate the gateway's key", [Step(path, lambda b: swapped(b, old, new, str(path)))])
    assert record is not None
    steps.undo.append(("restart with the old key", lambda: _restarted(restart, api, old)))
    steps.undo.append(("the key file", lambda: rolled_back(record.id)))
    steps.passed(f"{quote(str(path), 160)}, as change {record.id}")
    steps.title = "Restart"
    await _restarted(restart, api, new)
    steps.passed("the gateway accepts the new key")
    steps.title = "Old key out"
    if await api.accepts(old):
        raise GatewayError(
            "the gateway accepts the old key as well.", "Does it ask for a key at all? Look at its file."
        )
    steps.passed("refused now")


async def _restarted(command: str, api: KeyApi, key: str) -> None:
    """Runs the user's own command and waits until the gateway accepts ``key``.

    Raises:
        GatewayError: the command fails, or the key is not accepted in time.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        status = await asyncio.wait_for(process.wait(), _RESTART_SECONDS)
    except (OSError, ValueError) as error:
        raise GatewayError("the restart command cannot be run.", "Give a command without shell syntax.") from error
    except asyncio.TimeoutError as error:
        process.kill()
        await process.wait()
        raise GatewayError("the restart command does not end.", "Give one that leaves the gateway running.") from error
    if status:
        raise GatewayError(
            f"the restart command ended with exit code {status}.", "Run it by hand and read what it says."
        )
    until = asyncio.get_running_loop().time() + _RESTART_SECONDS
    while asyncio.get_running_loop().time() < until:
        try:
            if await api.accepts(key):
                return
        except GatewayError:
            pass  # not up yet
        await asyncio.sleep(0.3)
    raise GatewayError(
        f"the gateway does not accept the key within {_RESTART_SECONDS:.0f} s after its restart.",
        "Does it read its key from that file?",
    )


def _master_plan(path: Path) -> Answer:
    shown = shlex.quote(str(path))
    return Answer(
        verdict="unknown",
        quick_answer="A plan, nothing was changed: LiteLLM reads its master key at its start, so it must be restarted.",
        verification=[
            Check(
                title="Rotate and restart in one step",
                status="todo",
                detail="Writes a new key into the file, restarts the gateway, proves the new key, or takes both back.",
                command=f"llm-gateway rotate --key-file {shown} --restart 'systemctl --user restart litellm'",
                expect="verdict ok",
                if_not="the old key is back in the file and in the gateway",
            )
        ],
        context=[
            "With a database, set LITELLM_SALT_KEY to the old master key first when it is not set: without it, stored "
            "credentials are encrypted with the master key and cannot be read with a new one.",
            "Keys of people (virtual keys) stay valid: only the administrator's key changes.",
        ],
    )
