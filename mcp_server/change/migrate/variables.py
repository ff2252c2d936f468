"""Claude Code's variables in a shell profile, a ``.env`` file, a settings file or the running environment."""

from __future__ import annotations

import re

from mcp_server.change.migrate.model import REFERENCE, Migration, Source, said
from mcp_server.change.migrate.reading import looks_like, read_json
from mcp_server.change.migrate.settings_target import (
    CREDENTIALS,
    HEADERS,
    add_settings,
    concerns_client,
    without_secrets,
)
from mcp_server.document.document import decode
from mcp_server.document.env_reader import Statement, scan
from mcp_server.errors import GatewayError

ID = "variables"
TITLE = "variables of a shell or .env file"
PLACES = (".bashrc", ".zshrc", ".profile", ".bash_profile", ".zshenv", ".zprofile")
#: Name of the source that stands for the variables of this process, one ``NAME=value`` each, ended by NUL.
RUNNING = "the running environment"
_OURS = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?(?:ANTHROPIC|CLAUDE_CODE)_\w+=")
_SETTINGS = ("env",)
_COMPUTED = re.compile(r"\$\(|`|\$\{?\w")


def detect(name: str, data: bytes) -> bool:
    if name == RUNNING:
        return True
    if looks_like(data):
        return looks_like(data, *_SETTINGS)
    return bool(_OURS.search(decode(data)[0]))


def convert(source: Source) -> Migration:
    """The client's variables become the settings file; the key stays a variable of the shell."""
    migration = Migration(f"{TITLE} ({said(source.name, 120)})")
    if looks_like(source.data, *_SETTINGS):
        return _settings(source, migration)
    if source.name == RUNNING:
        pairs = (item.partition("=") for item in source.data.decode("utf-8", "replace").split("\0"))
        found = {name: (value, 0) for name, _, value in pairs if name}
        computed: set[str] = set()
    else:
        statements = scan(decode(source.data)[0]).statements
        found = {s.name: (s.value, s.mark.line) for s in statements}
        computed = {s.name for s in statements if _computed(s)}
    env = {name: value for name, (value, _) in found.items() if concerns_client(name) and value}
    if not env:
        raise GatewayError(
            f"{said(source.name, 200)} sets none of Claude Code's variables.",
            "Name the file that does, for example ~/.bashrc or .env.",
        )

    def place(name: str) -> str:
        line = found[name][1]
        return f"{said(source.name, 160)}:{line}" if line else f"variable {name} of {RUNNING}"

    for name in list(env):
        if name not in computed:
            continue
        del env[name]
        if name in CREDENTIALS:
            env[name] = f"${name}"  # whatever the shell makes of it
        else:
            migration.by_hand.append(
                f"{place(name)}: {name} is computed by the shell; a settings file expands nothing, so it stays there."
            )
    add_settings(migration, env, place, helper=False)
    stay = {*CREDENTIALS, HEADERS, *(secret.variable for secret in migration.secrets)}
    lines = sorted({found[name][1] for name in env if name not in stay} - {0})
    if lines:
        listed = ", ".join(map(str, lines))
        migration.by_hand.append(
            f"After the proof remove these lines of {said(source.name, 160)}: {listed}. Where both set a variable, the "
            "settings file wins."
        )
    return migration


def _computed(statement: Statement) -> bool:
    """Whether only the shell knows the value; a plain reference to another variable is kept as that."""
    raw = statement.raw.strip()
    return statement.quote != "'" and bool(_COMPUTED.search(raw)) and not REFERENCE.fullmatch(raw.strip('"'))


def _settings(source: Source, migration: Migration) -> Migration:
    read = read_json(source.data, source.name)
    env = read.data.get("env")
    env = {str(k): str(v) for k, v in env.items() if v not in (None, "")} if isinstance(env, dict) else {}
    rest = without_secrets(read.data, migration)
    add_settings(migration, env, lambda name: read.place(f"env.{name}"), key_variable="LLM_GATEWAY_KEY", settings=rest)
    return migration
