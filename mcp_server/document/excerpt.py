"""The source line with a caret, for a terminal."""

from __future__ import annotations

from unicodedata import category, east_asian_width

from mcp_server.answer import Where
from mcp_server.document.document import Document
from mcp_server.redact import clean, redact

MAX_WIDTH = 120
#: Characters on both sides that are looked at before the line is cut: half a credential is not recognised as one.
_AROUND = 6_000


def excerpt(document: Document, where: Where | None) -> list[str]:
    """Two lines: the source line with its number, and a caret under the column. Empty without a place.

    A line with a secret is redacted; the caret then points only as far as the columns still agree.
    """
    if where is None or where.file != document.name:  # an included file
        return []
    if where.line is None or not 1 <= where.line <= len(document.lines):
        return []
    source = document.line(where.line).replace("\t", " ")
    column = max(min((where.column or 1) - 1, len(source)), 0)
    first = max(column - _AROUND, 0)
    safe = redact(clean(source[first : column + _AROUND]))
    before = redact(clean(source[first:column]))
    at = len(before) if safe.startswith(before) else len(safe) - len(safe.lstrip())
    start = max(at - MAX_WIDTH + 20, 0)
    gutter = f"{where.line:>5} | "
    return [gutter + safe[start : start + MAX_WIDTH], " " * (len(gutter) + width(safe[start:at])) + "^"]


def width(text: str) -> int:
    """The columns of a terminal that ``text`` takes: wide characters two, combining and invisible ones none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
