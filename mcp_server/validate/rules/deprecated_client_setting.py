"""A setting or variable of Claude Code that another one has replaced.

What: ANTHROPIC_SMALL_FAST_MODEL, CLAUDE_CODE_CONNECT_TIMEOUT_MS, includeCoAuthoredBy and a few more.
Why: the old name works in part or not at all: ANTHROPIC_SMALL_FAST_MODEL does not redirect the haiku tier that agents
    and background calls use, so a gateway is asked for a model it may not have.
Fix: use the name given.

Bad:
    {
      "env": {"ANTHROPIC_SMALL_FAST_MODEL": "gemini-3.5-flash-lite"}
    }

Good:
    {
      "env": {"ANTHROPIC_DEFAULT_HAIKU_MODEL": "gemini-3.5-flash-lite"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "deprecated-client-setting"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"

#: Old name → new name (empty: none), what happens.
VARIABLES = {
    "ANTHROPIC_SMALL_FAST_MODEL": (
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        "it does not redirect the haiku tier, which agents and background calls use",
    ),
    "CLAUDE_CODE_CONNECT_TIMEOUT_MS": ("API_TIMEOUT_MS", "it was removed in 2.1.186 and has no effect"),
}
KEYS = {
    "includeCoAuthoredBy": ('attribution: {"commit": ""}', "attribution says more than yes or no and wins over it"),
    "disableArtifact": ("enableArtifact", "only true has an effect"),
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    for name, (new, why) in VARIABLES.items():
        variable = settings.env.get(name)
        if variable is not None and variable.value.strip():
            yield Problem(
                f"{name} has been replaced by {new}",
                why,
                f"delete {name}" if new in settings.env else f"write {new}",
                variable.entry.key.mark,
                variable.path,
                change=None if new in settings.env else set_text(document, variable.entry.key, new),
            )
    for key, (new, why) in KEYS.items():
        entry = settings.root.entry(key)
        if entry is not None and context.kind == "claude-settings":
            yield Problem(
                f"{key} has been replaced by {new.partition(':')[0]}",
                why,
                f"write {new}",
                entry.key.mark,
                key,
                severity="info",
            )
