"""A setting or variable that not every version of Claude Code reads.

What: names that the newest measured version reads and an older one does not, or the reverse.
Why: who runs the other version gets nothing of it, without a word; teams rarely run one version.
Fix: keep clients up to date (requiredMinimumVersion in managed settings), or do without the entry.

Bad:
    {
      "env": {"ANTHROPIC_DEFAULT_MODEL": "claude-sonnet-5"}
    }

Good:
    {
      "env": {"ANTHROPIC_MODEL": "claude-sonnet-5"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import key_versions, variable, versions
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mark
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "client-version-needed"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "info"

#: Only the client's own names: what else a settings file passes on is for other programs.
_PREFIXES = ("ANTHROPIC_", "CLAUDE_", "DISABLE_", "ENABLE_", "API_", "MCP_", "MAX_", "BASH_")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if context.kind == "claude-settings":
        for entry in settings.root:
            readers = key_versions().get(entry.name, ())
            if readers and readers != versions():
                yield _problem(entry.name, readers, entry.key.mark, entry.name)
    elif not settings.speaks_for_client:
        return
    for found in settings.env.values():
        known = variable(found.name) if found.name.startswith(_PREFIXES) else None
        if known and known.versions != versions():
            yield _problem(found.name, known.versions, found.entry.key.mark, found.path)


def _problem(name: str, readers: tuple[str, ...], mark: Mark, path: str) -> Problem:
    others = ", ".join(v for v in versions() if v not in readers)
    gone = versions()[0] not in readers
    return Problem(
        f"Claude Code {others} does not read {name}" + ("" if gone else f"; {', '.join(readers)} does"),
        f"it was there in {', '.join(readers)} and has no effect any more" if gone else "older clients ignore it",
        "delete it, or read what took its place in the release notes" if gone else "keep clients up to date",
        mark,
        path,
    )
