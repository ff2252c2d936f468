"""The settings file is not JSON.

What: a trailing comma, a missing comma or quote, a comment, single quotes, a file that ends too early.
Why: Claude Code ignores a settings file it cannot parse, so base URL and credentials in it never take effect.
Fix: repair the named place; JSON knows no comments and no trailing commas.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com",}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.nodes import Mapping
from mcp_server.validate.problem import Problem

ID = "json-syntax"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"
WHY = "none of the settings in the file takes effect; Claude Code 2.1.330 says so at start, older versions say nothing"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for found in document.syntax:
        if found.fatal:
            yield Problem(found.problem, WHY, found.fix, found.mark)
        else:  # measured: both known generations of Claude Code read UTF-16 with a byte order mark
            why = "Claude Code reads it all the same; other tools that share the file may not"
            yield Problem(found.problem, why, found.fix, found.mark, severity="info")
    if document.root is not None and not isinstance(document.root, Mapping):
        yield Problem(
            f"the file is {document.root.kind}, not an object",
            WHY,
            'write an object: {"env": {...}}',
            document.root.mark,
        )
