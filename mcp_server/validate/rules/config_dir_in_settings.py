"""CLAUDE_CONFIG_DIR in a settings file splits the client's state over two folders.

What: CLAUDE_CONFIG_DIR in the env block.
Why: settings are read before it counts, so they come from the old folder, while sessions, plugins and the login are
    looked for in the new one (measured). 2.1.197 then also reports a missing configuration file.
Fix: export it in the shell, before Claude Code starts.

Bad:
    {
      "env": {"CLAUDE_CONFIG_DIR": "/opt/claude"}
    }

Good:
    {
      "env": {"API_TIMEOUT_MS": "600000"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "config-dir-in-settings"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    variable = claude(document).variable("CLAUDE_CONFIG_DIR")
    if variable:
        yield Problem(
            "CLAUDE_CONFIG_DIR stands in a settings file",
            "it counts too late: settings come from the old folder, sessions, plugins and login from the new one",
            "delete it here and export it in the shell that starts Claude Code",
            variable.entry.key.mark,
            variable.path,
        )
