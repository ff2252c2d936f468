"""Machine snapshot: the environment, Claude Code's settings files and the client's version, read once.

Together with ``net/`` this is the only input and output of the core. Nothing here raises for a broken
machine: what cannot be read is said in the snapshot.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from mcp_server.aws_files import read_aws_files
from mcp_server.program_files import ca_paths, program_files
from mcp_server.snapshot import OFF_VALUES, GatewayLogin, Login, Scope, SettingsFile, Snapshot

#: Larger than any real settings file; a bigger one is reported, not read.
MAX_SETTINGS_BYTES = 1_000_000
MAX_DROP_INS = 50
VERSION_SECONDS = 5.0

#: Where administrators put managed settings (source: Claude Code settings documentation).
_MANAGED_FOLDERS = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": r"C:\Program Files\ClaudeCode",
}
_HIDING_VARIABLES = ("CLAUDE_CODE_MCP_ALLOWLIST_ENV", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB")


def snapshot(
    *,
    shell: Mapping[str, str] | None = None,
    home: str | os.PathLike[str] | None = None,
    project: str | os.PathLike[str] | None = None,
    managed: str | os.PathLike[str] | None = None,
    flag: str | None = None,
    client_version: str | None = None,
    run_claude: bool = True,
) -> Snapshot:
    """What Claude Code would see on this machine, as plain data.

    ``shell`` defaults to this process's environment, ``home`` to the user's, ``project`` to
    ``CLAUDE_PROJECT_DIR`` or the working directory, ``managed`` to the administrator's folder of the platform.
    ``flag`` is what ``claude --settings`` is given (a path, or the JSON itself). ``client_version`` replaces the
    version of the ``claude`` on PATH. Settings files are returned as that version takes them (``effective/loaded``).
    Started by Claude Code, this process inherits the client's *effective* environment: entries of a settings
    ``env`` block stand in ``shell`` too. ``Snapshot.variable`` names the settings file first, which is right.
    """
    from mcp_server.effective.loaded import loaded

    variables = dict(os.environ if shell is None else shell)
    home_folder = Path(home) if home is not None else _home(variables)
    project_folder = Path(project or variables.get("CLAUDE_PROJECT_DIR") or Path.cwd())
    user_folder = Path(variables.get("CLAUDE_CONFIG_DIR") or home_folder / ".claude")
    version = client_version or (claude_version(variables.get("PATH")) if run_claude else None)
    administrators = Path(managed or managed_folder())
    files = loaded(tuple(_settings_files(administrators, project_folder, user_folder, flag)), version, variables)
    others = program_files(variables, home_folder, project_folder)
    found = Snapshot(
        shell=variables,
        settings_files=files,
        home=str(home_folder),
        project=str(project_folder),
        client_version=version,
        program_files=others,
        paths=ca_paths(variables, others),
        login=read_login(user_folder / ".credentials.json"),
        gateway_login=read_gateway_login(user_folder / ".credentials.json"),
    )
    # With a hidden environment the hiding variable itself is missing too; what stays is CLAUDECODE without the
    # entry point, which Claude Code otherwise always passes on (measured on 2.1.197 and 2.1.330).
    stripped = "CLAUDECODE" in variables and "CLAUDE_CODE_ENTRYPOINT" not in variables
    hidden = stripped or any(_is_on(found, name) for name in _HIDING_VARIABLES)
    return replace(found, environment_hidden=hidden, aws=read_aws_files(found))


def home() -> Path:
    """The user's home folder."""
    return _home(os.environ)


def config_folder() -> Path:
    """Where the user's Claude Code keeps its settings."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or home() / ".claude")


def managed_folder() -> Path:
    """Where administrators put managed settings on this platform."""
    return Path(_MANAGED_FOLDERS.get(sys.platform, "/etc/claude-code"))


def claude_version(path: str | None = None) -> str | None:
    """Version of the ``claude`` on ``path`` (``PATH`` when ``None``), or ``None`` when there is no answer."""
    program = shutil.which("claude", path=path)
    if program is None:
        return None
    try:
        changed = Path(program).stat().st_mtime_ns
    except OSError:
        return None
    return _ask_version(program, changed)


@lru_cache(maxsize=8)
def _ask_version(program: str, _changed: int) -> str | None:
    """Cached per file and time of change: a long-lived server notices an update of the client."""
    try:
        # A session of its own, so that a hanging wrapper and its children end together.
        process = subprocess.Popen(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    with process:
        try:
            output, _ = process.communicate(timeout=VERSION_SECONDS)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
    return parse_version(output[:400].decode("utf-8", "replace"))


def parse_version(text: str) -> str | None:
    """``2.1.330`` out of ``2.1.330 (Claude Code)``; ``None`` when no version stands there."""
    for word in text.split():
        numbers = word.lstrip("v").split(".")
        if len(numbers) == 3 and all(n.isascii() and n.isdigit() and len(n) < 8 for n in numbers):
            return ".".join(numbers)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        process.kill()


def _home(variables: Mapping[str, str]) -> Path:
    told = variables.get("HOME") or variables.get("USERPROFILE")
    if told:
        return Path(told)
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def _settings_files(managed: Path, project: Path, user: Path, flag: str | None) -> Iterator[SettingsFile]:
    """Existing settings files, strongest first (a later drop-in beats an earlier one and the base file)."""
    drop_ins = _names(managed / "managed-settings.d")
    candidates: list[tuple[Scope, Path]] = [("managed", path) for path in reversed(drop_ins)]
    candidates.append(("managed", managed / "managed-settings.json"))
    if flag is not None and flag.lstrip().startswith("{"):
        yield from (found for scope, path in candidates if (found := read_settings(path, scope)) is not None)
        yield settings_of(flag.encode(), "flag", "--settings")
        candidates = []
    elif flag is not None:
        candidates.append(("flag", Path(flag).expanduser()))
    candidates += [
        ("local", project / ".claude" / "settings.local.json"),
        ("project", project / ".claude" / "settings.json"),
        ("user", user / "settings.json"),
    ]
    user_file = os.path.realpath(user / "settings.json")
    for scope, path in candidates:
        # Started in the home folder, the "project" file is the user's own file.
        if scope == "project" and os.path.realpath(path) == user_file:
            continue
        found = read_settings(path, scope)
        if found is not None:
            yield found


def _names(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == ".json" and p.name[0] != ".")[:MAX_DROP_INS]
    except OSError:
        return []


def read_settings(path: Path, scope: Scope) -> SettingsFile | None:
    """One settings file; ``None`` when there is none. A file that cannot be used has ``error`` set."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return SettingsFile(scope, str(path), error="is not a regular file")
        if status.st_size > MAX_SETTINGS_BYTES:
            size = f"is {status.st_size:,} bytes long; more than {MAX_SETTINGS_BYTES:,} are not read"
            return SettingsFile(scope, str(path), error=size)
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        return SettingsFile(scope, str(path), error="cannot be read: permission denied")
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "the path is not usable"
        return SettingsFile(scope, str(path), error=f"cannot be read: {reason}")
    return settings_of(raw, scope, str(path))


def settings_of(raw: bytes, scope: Scope, place: str) -> SettingsFile:
    """The settings in ``raw``; ``error`` is set when they cannot be read."""
    try:
        return SettingsFile(scope, place, data=_parse(raw))
    except _UnusableError as unusable:
        return SettingsFile(scope, place, error=str(unusable))


def read_login(path: Path) -> Login | None:
    """The saved claude.ai login; ``None`` when there is none that can be read (macOS keeps it in its keychain)."""
    try:
        entry = _credentials(path)["claudeAiOauth"]
        token, expires, scopes = entry["accessToken"], entry.get("expiresAt"), entry.get("scopes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(token, str) or not token.strip():
        return None
    when = expires / 1000 if isinstance(expires, int | float) and not isinstance(expires, bool) else None
    allowed = isinstance(scopes, list) and "user:inference" in scopes
    return Login(str(path), token.strip(), when, allowed, str(entry.get("subscriptionType") or ""))


def read_gateway_login(path: Path, now: float | None = None) -> GatewayLogin | None:
    """The saved sign-in to a ``claude gateway``; ``None`` when there is none that can be read. ``now``: Unix time."""
    try:
        saved = _credentials(path)
        entry = saved["enterpriseGateway"]
        url, token, expires = entry["url"].strip().rstrip("/"), entry["jwt"].strip(), entry.get("expiresAt")
        host = urlsplit(url).hostname
        trust = saved.get("gatewayTrust")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not token or not host:
        return None
    timed = isinstance(expires, int | float) and not isinstance(expires, bool)
    return GatewayLogin(
        str(path),
        url,
        token,
        trusted=isinstance(trust, dict) and bool(trust.get(host)),
        ended=timed and expires / 1000 <= (time.time() if now is None else now),
        renewable=bool(entry.get("idpRefreshToken")),
    )


def _credentials(path: Path) -> Any:
    """What the client keeps in its credentials file; it may be anything."""
    return json.loads(path.read_bytes() if path.stat().st_size < MAX_SETTINGS_BYTES else b"")


class _UnusableError(Exception):
    pass


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw.count(b"\n", 0, failure.start) + 1
        raise _UnusableError(f"is not UTF-8 text (line {line})") from None
    if not text.strip():
        return {}
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as failure:
        at, words = _slip(failure.msg, text, failure.pos)
        line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        raise _UnusableError(f"is not valid JSON at {line}:{column}: {words}") from None
    except RecursionError:
        raise _UnusableError("is nested too deeply to be read") from None
    except ValueError:
        raise _UnusableError("holds a number that is too long to be read") from None
    if not isinstance(data, dict):
        raise _UnusableError("holds no JSON object: the outermost value must be { … }")
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise _UnusableError(f"is not valid JSON: {name} is no JSON value")


def _slip(message: str, text: str, position: int) -> tuple[int, str]:
    """Where the mistake is and what it is, in words that name the usual slips (the parser's differ by release)."""
    rest = text[position:]
    before = text[:position].rstrip()
    if rest.startswith(("//", "/*", "#")):
        return position, "comments are not allowed in JSON"
    if before.endswith(",") and rest[:1] in ("}", "]"):
        return len(before) - 1, "a comma stands before the closing bracket"
    if rest.startswith(",") and rest[1:].lstrip()[:1] in ("}", "]"):
        return position, "a comma stands before the closing bracket"
    if rest.startswith("'"):
        return position, "names and texts need double quotes"
    return position, message[:1].lower() + message[1:]


def _is_on(found: Snapshot, name: str) -> bool:
    setting = found.variable(name)
    return setting is not None and setting.value.strip().lower() not in OFF_VALUES
