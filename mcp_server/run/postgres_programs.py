"""PostgreSQL's programs: where they are, as whom they may run, and how a short one is run."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError

#: Where packages put the programs when they do not put them on PATH: Debian, RPM, Homebrew.
_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
_SECONDS = 30


def programs() -> Path:
    """The folder of the newest PostgreSQL's programs.

    Raises:
        GatewayError: there is none.
    """
    folders = [folder for pattern in _FOLDERS for folder in Path("/").glob(pattern)]
    folders.sort(key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.insert(0, Path(on_path).resolve().parent)
    for folder in folders:
        if all((folder / program).is_file() for program in ("initdb", "postgres", "psql")):
            return folder
    raise GatewayError(
        "PostgreSQL is not installed: initdb, postgres and psql are neither on PATH nor in /usr/lib/postgresql/*/bin.",
        "Install it: sudo apt-get install --no-install-recommends postgresql (macOS: brew install postgresql@17).",
    )


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(c if c.isdigit() else " " for c in str(folder)).split()
    return tuple(int(number) for number in digits)


def account() -> dict[str, Any]:
    """What the subprocess calls need to run as somebody who is not root; empty when we are not."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise GatewayError(
        "PostgreSQL refuses to run as root, and this machine has neither the account postgres nor nobody.",
        "Run the command as an ordinary user, or install the package postgresql, which brings the account.",
    )


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Nothing of this process's PG* variables, time zone or locale reaches the programs."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **more}


async def run(
    command: list[str],
    variables: Mapping[str, str],
    *,
    cwd: Path | None = None,
    seconds: float = _SECONDS,
    identity: Mapping[str, Any] | None = None,
) -> tuple[int, str, str]:
    """Exit code, what it printed, and its complaints, which begin at the first error."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env=environment(variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            **(identity or {}),
        )
    except PermissionError as error:
        raise GatewayError(
            f"{Path(command[0]).name} cannot be started as another account: {error.strerror}.",
            "Run the command as an ordinary user: PostgreSQL refuses to run as root.",
        ) from error
    try:
        out, said = await asyncio.wait_for(process.communicate(), seconds)
    except asyncio.TimeoutError as error:
        raise GatewayError(
            f"{Path(command[0]).name} did not end within {seconds:.0f} s.", "Check that the machine is not overloaded."
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    complaint = said.decode("utf-8", errors="replace").strip()
    return process.returncode or 0, out.decode("utf-8", errors="replace"), complaint
