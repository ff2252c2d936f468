"""Reads the shared AWS files and the token caches below the home folder. Nothing here keeps a secret or raises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from mcp_server.effective.aws_files import named_paths, read_aws_file, read_token
from mcp_server.snapshot import AwsFile, AwsFiles, CachedToken, Snapshot

MAX_BYTES = 1_000_000
MAX_TOKENS = 50


def read_aws_files(machine: Snapshot) -> AwsFiles:
    """The files that the AWS SDK inside Claude Code would read on ``machine``, its settings' ``env`` included."""
    folder = Path(machine.home) / ".aws"
    config = _read(_place(machine, "AWS_CONFIG_FILE", folder / "config"), "config")
    credentials = _read(_place(machine, "AWS_SHARED_CREDENTIALS_FILE", folder / "credentials"), "credentials")
    told = machine.variable("AWS_WEB_IDENTITY_TOKEN_FILE")
    paths = [*named_paths(config), *named_paths(credentials), *([told.value.strip()] if told and told.value else [])]
    login = _place(machine, "AWS_LOGIN_CACHE_DIRECTORY", folder / "login" / "cache")
    return AwsFiles(
        config,
        credentials,
        sso=dict(_tokens(folder / "sso" / "cache")),
        login=dict(_tokens(login)),
        paths={path: _what(path, machine.home) for path in paths},
    )


def _place(machine: Snapshot, variable: str, default: Path) -> Path:
    told = machine.variable(variable)
    if told is None or not told.value.strip():
        return default
    return _expanded(told.value.strip(), machine.home)


def _expanded(path: str, home: str) -> Path:
    return Path(home) / path[2:] if path.startswith("~/") else Path(path)


def _read(path: Path, kind: Literal["config", "credentials"]) -> AwsFile:
    try:
        if not path.exists():
            return AwsFile(str(path))
        if not path.is_file():
            return AwsFile(str(path), True, unreadable="is not a regular file")
        if path.stat().st_size > MAX_BYTES:
            return AwsFile(str(path), True, unreadable="is far too large for an AWS file")
        return read_aws_file(path.read_text(encoding="utf-8"), str(path), kind)
    except UnicodeDecodeError:
        return AwsFile(str(path), True, unreadable="is not UTF-8 text")
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "the path is unusable"
        return AwsFile(str(path), True, unreadable=f"cannot be read ({reason})")


def _tokens(folder: Path) -> Iterator[tuple[str, CachedToken]]:
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix == ".json")[:MAX_TOKENS]
    except (OSError, ValueError):
        return
    for file in files:
        try:
            if not file.is_file() or file.stat().st_size > MAX_BYTES:
                continue
            yield file.stem, read_token(file.read_text(encoding="utf-8"), str(file))
        except (OSError, ValueError):
            yield file.stem, CachedToken(str(file), problem="cannot be read")


def _what(path: str, home: str) -> str:
    try:
        place = _expanded(path.strip("\"'"), home)
        if not place.exists():
            return "missing"
        if place.is_dir():
            return "folder"
        with place.open("rb"):
            return "file"
    except (OSError, ValueError):
        return "unreadable"
