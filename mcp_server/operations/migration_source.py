"""Where ``migrate`` finds what it converts: the named file, the usual places, a database, the running environment."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.change.migrate.model import Kind, Source

_SQLITE = b"SQLite format 3\0"


def given(source: str, wanted: Kind | None) -> Source:
    """The named file, or the known one in the named folder. Raises UsageError and GatewayError for none."""
    path = Path(source).expanduser()
    if path.is_dir():
        inside = [path / Path(place).name for module in _kinds(wanted) for place in module.PLACES]
        found = next((p for p in inside if p.is_file()), None)
        if found is None:
            raise UsageError(f"{quote(source, 200)} holds no file that is known here.", "Name the file itself.")
        path = found
    return _read(path, _named(path))


def searched(wanted: Kind | None) -> Source:
    """What lies in the usual places of the home folder, else the running environment.

    Raises:
        UsageError: there is nothing, or several things.
    """
    from mcp_server.change.migrate import variables
    from mcp_server.change.migrate.model import Source
    from mcp_server.environment import home

    found: list[tuple[Kind, Path]] = []
    for module in _kinds(wanted):
        for place in module.PLACES:
            path = home() / place
            if path.is_file() and module.detect(_named(path), _read(path, _named(path)).data):
                found.append((module, path))
                break
    running = Source(variables.RUNNING, "\0".join(f"{k}={v}" for k, v in os.environ.items()).encode())
    if wanted is variables and any(name.startswith("ANTHROPIC_") for name in os.environ):
        return running
    if len({path for _, path in found}) > 1:
        names = ", ".join(quote(str(path), 120) for _, path in found)
        raise UsageError(f"several configurations were found: {names}.", "Name one: llm-gateway migrate FILE")
    if found:
        return _read(found[0][1], _named(found[0][1]))
    if (wanted is None or wanted is variables) and any(name.startswith("ANTHROPIC_") for name in os.environ):
        return running
    looked = ", ".join(f"~/{place}" for module in _kinds(wanted) for place in module.PLACES)
    raise UsageError(
        f"nothing to convert was found{f' (looked at {looked})' if looked else ''}.",
        "Name the file: llm-gateway migrate FILE",
    )


def _kinds(wanted: Kind | None) -> Sequence[Kind]:
    from mcp_server.change.migrate.registry import KINDS

    return [wanted] if wanted else list(KINDS.values())


def _named(path: Path) -> str:
    """The path with ``~`` for the home folder."""
    from mcp_server.environment import home

    return f"~/{path.relative_to(home()).as_posix()}" if path.is_relative_to(home()) else str(path)


def _read(path: Path, name: str) -> Source:
    from mcp_server.change.migrate.model import Source
    from mcp_server.environment import config_folder
    from mcp_server.operations.validate_config import read

    data = _head(path)
    if data == _SQLITE:
        return Source(name, _database(path))
    beside = {}
    settings = config_folder() / "settings.json"
    if settings.is_file():
        beside[".claude/settings.json"] = read(settings)
    return Source(name, read(path), beside)


def _head(path: Path) -> bytes:
    """The first bytes, which tell a database; nothing where ``read`` will say why there are none."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE))
    except OSError:
        return b""


def _database(path: Path) -> bytes:
    """What the kinds with a database need of it, as JSON. Opened for reading only; the tool may be running."""
    import sqlite3
    from urllib.parse import quote as escaped

    def rows(connection: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
        return list(connection.execute(sql))

    for mode in ("mode=ro", "mode=ro&immutable=1"):  # the second where the log of a running program may not be opened
        try:
            connection = sqlite3.connect(f"file:{escaped(str(path.resolve()))}?{mode}", uri=True, timeout=5)
            try:
                tables = {name for (name,) in rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")}
                if "app_config" in tables:
                    value = rows(connection, "SELECT value_json FROM app_config WHERE key = 'default'")
                    return str(value[0][0]).encode() if value else b"{}"
                if "providers" in tables:
                    return json.dumps(_cc_switch(connection, tables)).encode()
            finally:
                connection.close()
        except (sqlite3.Error, ValueError, TypeError) as error:
            problem = quote(error, 120) if isinstance(error, sqlite3.Error) else "its rows hold something unexpected"
            busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
            continue
        raise GatewayError(
            f"{quote(str(path), 200)} is a database of no tool that is known here.",
            "Known are cc-switch.db of cc-switch and config.sqlite of claude-code-router.",
        )
    raise GatewayError(
        f"{quote(str(path), 200)} cannot be read as a database: {problem}.",
        "End the tool that uses it, then try again."
        if busy
        else "It is damaged, or of a release that is not known here: start the tool once, or name a backup of it.",
    )


def _cc_switch(connection: Any, tables: set[str]) -> dict[str, Any]:
    listed = connection.execute(
        "SELECT id, name, settings_config, meta, is_current FROM providers WHERE app_type = 'claude' "
        "ORDER BY sort_index"
    )
    providers = [
        {
            "id": i,
            "name": name,
            "settings_config": json.loads(config),
            "meta": json.loads(meta or "{}"),
            "is_current": now,
        }
        for i, name, config, meta, now in listed
    ]
    common = ""
    if "settings" in tables:
        row = connection.execute("SELECT value FROM settings WHERE key = 'common_config_claude'").fetchone()
        common = row[0] if row and row[0] else ""
    return {"providers": providers, "common": common}
