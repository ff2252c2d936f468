"""The settings file is not JSON.

What: a trailing comma, a missing comma or quote, a comment, single quotes, a file that ends too early.
Why: Claude Code reads strict JSON (both versions were measured: no comments, no trailing commas, nothing behind the
    end; a byte order mark is fine, and of duplicate keys the last counts). It ignores a settings file that it cannot
    parse, so base URL and credentials in it never take effect; with managed settings 2.1.330 refuses to start.
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
from mcp_server.document.document import Document
from mcp_server.document.json_reader import read_json
from mcp_server.document.nodes import Mapping
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem

ID = "json-syntax"
KINDS: tuple[Kind, ...] = ("claude-settings", "zuplo")
SEVERITY: Severity = "error"
WHY = "none of the settings in the file takes effect, and -p does not say so (claude doctor of 2.1.330 does)"
MANAGED = "2.1.330 refuses to start with it; 2.1.197 starts without any of its policies"


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.kind == "zuplo":
        yield from _zuplo(document)
        return
    why = MANAGED if context.scope == "managed" else WHY
    for found in document.syntax:
        if not document.text.strip("\ufeff \t\r\n") and "empty" in found.problem:
            nothing = "Claude Code takes it for a file without settings"
            yield Problem(found.problem, nothing, found.fix, found.mark, severity="info", change=found.change)
        elif found.fatal:
            yield Problem(found.problem, why, found.fix, found.mark, change=found.change)
        else:  # measured: both known generations of Claude Code read UTF-16 with a byte order mark
            read = "Claude Code reads it all the same; other tools that share the file may not"
            yield Problem(found.problem, read, found.fix, found.mark, severity="info")
    if document.root is not None and not isinstance(document.root, Mapping):
        yield Problem(
            f"the file is {document.root.kind}, not an object",
            why,
            'write an object: {"env": {...}}',
            document.root.mark,
        )


def _zuplo(document: Document) -> Iterator[Problem]:
    """The files of a Zuplo project; only zuplo.jsonc may hold comments."""
    why = "zuplo lint and the build refuse the project"
    strict = document.readable and zuplo(document).sort != "project"
    for found in read_json(document.text)[1] if strict else document.syntax:
        yield Problem(found.problem, why, found.fix, found.mark, change=found.change)
    if document.root is not None and not isinstance(document.root, Mapping):
        fix = 'write an object: {"policies": [...]}, say'
        yield Problem(f"the file is {document.root.kind}, not an object", why, fix, document.root.mark)
