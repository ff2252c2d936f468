"""The source line with a caret, for a terminal."""

from __future__ import annotations

from mcp_server.answer import Where
from mcp_server.redact import clean, redact
from mcp_server.validate.document import Document

MAX_WIDTH = 120


def excerpt(document: Document, where: Where | None) -> list[str]:
    """Two lines: the source line with its number, and a caret under the column. Empty without a place.

    A line with a secret is redacted; the caret then points only as far as the columns still agree.
    """
    if where is None or where.line is None or not 1 <= where.line <= len(document.lines):
        return []
    source = document.line(where.line).replace("\t", " ")
    column = max(min((where.column or 1) - 1, len(source)), 0)
    start = max(column - MAX_WIDTH + 20, 0)
    shown = clean(source[start : start + MAX_WIDTH])
    safe = redact(shown)
    gutter = f"{where.line:>5} | "
    before = redact(clean(source[start:column]))
    caret = len(before) if safe.startswith(before) else len(safe) - len(safe.lstrip())
    return [gutter + safe, " " * len(gutter) + " " * caret + "^"]
