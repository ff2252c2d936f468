"""Installs a program into the per-user cache: once, whole or not at all, by the package managers of this machine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

_INSTALL_SECONDS = 1_500
PYTHON_TAG = f"py{sys.version_info.major}.{sys.version_info.minor}"
BIN = "Scripts" if sys.platform == "win32" else "bin"
PYTHON = "python.exe" if sys.platform == "win32" else "python"


def cache_root() -> Path:
    """``$LLM_GATEWAY_CACHE``, else ``llm-gateway`` in the user's cache folder."""
    configured = os.environ.get("LLM_GATEWAY_CACHE")
    if configured:
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-gateway"


def installed(name: str, build: Callable[[Path], None], report: Callable[[str], None] | None, source: str) -> Path:
    """The folder ``name`` of the cache, made by ``build`` if it is not there.

    Raises:
        GatewayError: it cannot be made.
    """
    home = cache_root() / name
    if home.is_dir():
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(
            f"cannot create the cache folder {home.parent}: {error.strerror}.",
            "Make it writable, or point LLM_GATEWAY_CACHE at another folder.",
        ) from error
    with _lock(home.parent / f".{name}.lock"):
        if home.is_dir():
            return home
        if report:
            report(f"installing {name} from {source} into the user cache (once)")
        building = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=home.parent))
        try:
            build(building)
            building.rename(home)
        except OSError as error:
            raise GatewayError(
                f"cannot install {name} into {home.parent}: {error.strerror}.",
                "Check free space and permissions there, or point LLM_GATEWAY_CACHE at another folder.",
            ) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return home


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One installer at a time; the kernel drops the lock when its holder dies."""
    with path.open("w") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def environment(target: Path, packages: list[str]) -> None:
    """A virtual environment at ``target`` with ``packages``."""
    python = target / BIN / PYTHON
    fast = uv()
    if fast is not None:
        run([fast, "venv", "--quiet", "--python", sys.executable, str(target)], f"the environment of {packages[0]}")
        done = _try([fast, "pip", "install", "--quiet", "--python", str(python), *packages])
        if done is None:
            return
        # uv knows nothing of pip's configuration (a company index, say), so pip gets the last word.
        shutil.rmtree(target)
    run([sys.executable, "-m", "venv", str(target)], f"the environment of {packages[0]}")
    run([str(python), "-m", "pip", "install", "--quiet", *packages], packages[0])


def folder(target: Path, python: Path, packages: list[str]) -> None:
    """``packages`` of ``python``'s version, alone and without what they depend on, in the folder ``target``."""
    place = ["--quiet", "--no-deps", "--target", str(target), *packages]
    fast = uv()
    if fast is None or _try([fast, "pip", "install", "--python", str(python), *place]) is not None:
        shutil.rmtree(target, ignore_errors=True)
        run([sys.executable, "-m", "pip", "--python", str(python), "install", *place], packages[0])


def script(path: Path, *command: Path | str) -> str:
    """A program of one line that calls ``command`` with the arguments it gets."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def npm_install(target: Path, packages: list[str], *options: str) -> None:
    """``packages`` of npm in ``target/node_modules``."""
    command = [_npm(), "install", "--no-save", "--no-audit", "--no-fund", *options, "--prefix", str(target), *packages]
    run(command, packages[0])


def _npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise GatewayError(
            "npm is not on PATH, so a program that npm brings cannot be installed.",
            "Install Node.js 22 or newer (it brings npm) and run the command again.",
        )
    return npm


def uv() -> str | None:
    """The ``uv`` beside this Python, else the one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    return str(beside) if beside.is_file() else shutil.which("uv")


def _try(command: list[str], variables: Mapping[str, str] | None = None) -> str | None:
    """Runs an install command, ``variables`` added; ``None`` when it worked, else the end of what it said."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
            env={**os.environ, **(variables or {})},
        )
    except subprocess.TimeoutExpired:
        return f"no end after {_INSTALL_SECONDS} s"
    return None if done.returncode == 0 else quote((done.stderr or done.stdout)[-1_500:], 500)


def run(command: list[str], what: str, variables: Mapping[str, str] | None = None) -> None:
    """Runs an install command, ``variables`` added. Raises GatewayError, which quotes it, when it fails."""
    said = _try(command, variables)
    if said is not None:
        raise GatewayError(
            f"{Path(command[0]).name} could not install {what}: {said}.",
            "Check the network, the package index settings of pip, uv or npm, and free disk space; then try again.",
        )
