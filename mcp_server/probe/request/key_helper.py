"""Runs ``apiKeyHelper`` the way the client does, but only one that the user or an administrator configured."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping

from mcp_server.effective.target import Credential
from mcp_server.errors import GatewayError
from mcp_server.redact import quote

HELPER_SECONDS = 10.0
#: A project's settings file comes with the repository; a check must not run its commands.
TRUSTED_SCOPES = ("managed", "flag", "user")
_MAX_OUTPUT = 65_536


class HelperError(GatewayError):
    """The helper gave no usable key. The texts never hold its output."""


class HelperLinesError(HelperError):
    """The helper printed more than one line: 2.1.330 then sends an empty credential, 2.1.197 nothing (measured)."""


class HelperNotTrustedError(HelperError):
    """The helper stands in a file of the project, so it was not run."""


async def run_helper(credential: Credential, environment: Mapping[str, str]) -> str:
    """The key that the helper prints.

    Raises:
        HelperError: it comes from a project file, fails, takes more than ten seconds, or prints no single line.
    """
    place = f"apiKeyHelper ({credential.source})"
    if credential.scope not in TRUSTED_SCOPES:
        raise HelperNotTrustedError(
            f"{place} was not run: a project's settings file comes with the repository.",
            "Move it to ~/.claude/settings.json, or name a variable with token_env.",
        )
    try:
        process = await asyncio.create_subprocess_shell(
            credential.command or "",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    except OSError as failure:
        raise HelperError(
            f"{place} cannot be started: {quote(failure.strerror, 80)}.", "Correct the command."
        ) from None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), HELPER_SECONDS)
    except asyncio.TimeoutError:
        raise HelperError(
            f"{place} printed nothing within {HELPER_SECONDS:.0f} seconds.", "Make it answer faster, from a cache."
        ) from None
    finally:
        _end_group(process)
        await process.wait()
    if process.returncode:
        raise HelperError(
            f"{place} exits with {process.returncode}; Claude Code then sends an empty credential.",
            "Run the command in a shell and correct what it complains about.",
        )
    key = output[:_MAX_OUTPUT].decode("utf-8", "replace").strip()
    if not key or any(c in key for c in "\r\n") or not key.isascii():
        said = "nothing" if not key else "more than one line" if "\n" in key else "a value no header can carry"
        kind = HelperLinesError if "\n" in key else HelperError
        raise kind(f"{place} prints {said}.", "Print the key alone, on one line, to standard output.")
    return key


def _end_group(process: asyncio.subprocess.Process) -> None:
    """The helper's shell and what it started end together."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()
    except (ProcessLookupError, PermissionError):
        return
