"""What ``lite configure claude``, ``lite up`` and ``lite autoroute`` (LiteLLM's own command) left in the settings.

Source: LiteLLM 1.106.2, run and read 2026-11-25. ``lite configure`` keeps a receipt of what it wrote, the other two
the file that they will put back.
"""

from __future__ import annotations

import json

from mcp_server.change.migrate.model import Lost, Migration, Source
from mcp_server.change.migrate.reading import looks_like, read_json
from mcp_server.change.migrate.settings_target import add_settings, without_secrets
from mcp_server.errors import GatewayError

ID = "lite"
TITLE = "lite (LiteLLM)"
PLACES = (
    ".litellm/claude_configure_state.json",
    ".litellm/claude_settings_backup.json",
    ".litellm/autorouter/claude_settings_backup.json",
)
#: The settings file that lite has changed, which belongs to each of them.
SETTINGS = ".claude/settings.json"
BESIDE = (SETTINGS,)
_HAND_BACK = {
    "claude_configure_state.json": "lite unconfigure claude",
    "autorouter/claude_settings_backup.json": "lite autoroute stop",
    "claude_settings_backup.json": "lite down",
}


def detect(name: str, data: bytes) -> bool:
    return looks_like(data, "written", "previous", "endpoints") or (
        name.endswith("claude_settings_backup.json") and looks_like(data)
    )


def convert(source: Source) -> Migration:
    """The settings as they are now, without the key and without what only lite needs."""
    settings = source.beside.get(SETTINGS)
    if settings is None:
        raise GatewayError(
            "lite has left its receipt, but ~/.claude/settings.json is not there.",
            "Run lite unconfigure claude, then lite configure claude again, or generate new settings.",
        )
    read = read_json(settings, f"~/{SETTINGS}")
    migration = Migration(TITLE)
    end = next(
        e for e in _HAND_BACK if source.name.replace("\\", "/").endswith(e) or e == "claude_settings_backup.json"
    )
    migration.hand_back = _HAND_BACK[end]
    env = read.data.get("env")
    env = {str(k): str(v) for k, v in env.items() if v not in (None, "")} if isinstance(env, dict) else {}
    if env.get("ENABLE_TOOL_SEARCH") == "true":
        # With LiteLLM, the results of Claude Code's tool search reach Gemini and OpenAI models as an empty text.
        env["ENABLE_TOOL_SEARCH"] = "false"
        migration.lost.append(
            Lost(
                "ENABLE_TOOL_SEARCH=true",
                "now false: through LiteLLM, models that are not Claude get its results empty",
            )
        )
    rest = {key: value for key, value in read.data.items() if key != "env"}
    line = rest.get("statusLine")
    if isinstance(line, dict) and ".litellm/statusline.py" in json.dumps(line):
        del rest["statusLine"]
        migration.lost.append(Lost("statusLine", "a program of lite that goes with it"))
    add_settings(
        migration,
        env,
        lambda name: read.place(f"env.{name}"),
        key_variable="LITELLM_API_KEY",
        settings=without_secrets(rest, migration),
    )
    migration.by_hand.append(
        "lite keeps the saved key for later: lite unconfigure --forget deletes it, once it is in the named variable."
    )
    return migration
