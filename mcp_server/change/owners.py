"""Which other tool manages a settings file right now: two writers of one file would undo each other.

Sources: LiteLLM 1.106.2 (`lite`, read: it keeps the file it will restore), cc-switch and claude-code-router by their
documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.redact import quote


@dataclass(frozen=True)
class Owner:
    """``marker``: a path below the user's home whose presence means that the tool will write the file again."""

    tool: str
    marker: str
    stop: str
    """How the user takes the file back."""


#: Its marker stays when it is no longer used.
_TAKEN_OVER = "llm-gateway migrate ~/.cc-switch takes its settings over"
OWNERS: tuple[Owner, ...] = (
    Owner("lite up (LiteLLM)", ".litellm/claude_settings_backup.json", "lite down"),
    Owner("lite autoroute (LiteLLM)", ".litellm/autorouter/claude_settings_backup.json", "lite autoroute stop"),
    Owner("lite configure claude (LiteLLM)", ".litellm/claude_configure_state.json", "lite unconfigure claude"),
    Owner("cc-switch", ".cc-switch/cc-switch.db", _TAKEN_OVER),
    Owner("cc-switch", ".cc-switch/config.json", _TAKEN_OVER),
    Owner("cc-switch (PyPI)", ".claude/cc-switch.json", "remove that file, or switch with cc-switch"),
)
#: claude-code-router does not write the file by itself; who points at it wants its own switch.
_ROUTER_PORT = "3456"
ROUTER_FOLDER = ".claude-code-router"


def owner_of(path: Path, home: Path) -> Owner | None:
    """The tool that manages ``path``; only the user's own settings file has such owners."""
    if path != (home / ".claude" / "settings.json").resolve():
        return None
    return next((owner for owner in OWNERS if (home / owner.marker).exists()), None)


def uses_router(settings: Mapping[str, object], home: Path) -> bool:
    """Do these settings send Claude Code through claude-code-router on this machine?"""
    env = settings.get("env")
    url = str(env.get("ANTHROPIC_BASE_URL", "")) if isinstance(env, Mapping) else ""
    local = url.startswith(("http://127.0.0.1:", "http://localhost:"))
    return local and url.rstrip("/").endswith(f":{_ROUTER_PORT}") and (home / ROUTER_FOLDER).is_dir()


def refuse_owned(path: Path, home: Path) -> None:
    """Raises:
    GatewayError: another tool manages the file.
    """
    owner = owner_of(path, home)
    if owner is not None:
        raise GatewayError(
            f"{quote(str(path), 200)} is managed by {owner.tool} (its marker is ~/{owner.marker}), which would undo "
            "or be confused by a change.",
            f"Take the file back first: {owner.stop}. Or add --although-managed.",
        )
