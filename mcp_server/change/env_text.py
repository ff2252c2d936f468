"""Puts and removes variables in ``.env`` text (pure). Nothing else of the text moves.

Values are written so that a POSIX shell and python-dotenv read the same: plain, else in single quotes, else in double
quotes; the few for which there is no such form are refused.
"""

from __future__ import annotations

import re

from mcp_server.change.wish import Put, Remove, Wish, shown
from mcp_server.document.document import Document
from mcp_server.document.env_reader import NAME, Statement, scan
from mcp_server.document.lines import Lines
from mcp_server.errors import UsageError

#: In single quotes a shell keeps these, and python-dotenv does not.
_ODD_BACKSLASH = re.compile(r"\\(?=[\\']|$)")
_PLAIN = re.compile(r"[\w./:@%+,=~-]+", re.ASCII)


def edited(document: Document, wish: Wish) -> str:
    """The text after ``wish``; its path is ``(NAME,)`` or ``("env", NAME)``.

    Raises:
        UsageError: the name or the value cannot stand in such a file.
    """
    name = _name(wish)
    statements = [s for s in scan(document.text).statements if s.name == name]
    places = Lines(document.text)
    if isinstance(wish, Remove):
        text = document.text
        for statement in reversed(statements):
            text = _without(text, places, statement)
        return text
    value = _written(wish)
    if not statements:
        return _appended(document, name, value)
    last = statements[-1]
    start, end = places.index(last.value_mark), places.index(last.end)
    return document.text[:start] + value + document.text[end:]


def _name(wish: Wish) -> str:
    name = wish.path[-1]
    if len(wish.path) > 2 or (len(wish.path) == 2 and wish.path[0] != "env") or not NAME.fullmatch(name):
        raise UsageError(
            f"{shown(wish.path)} is no variable.", "A file of variables takes names of letters, digits and underscores."
        )
    return name


def _written(wish: Put) -> str:
    value = wish.value
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str):
        raise UsageError(f"the value of {shown(wish.path)} is no text.", "A variable holds text: write it as one.")
    if not value or _PLAIN.fullmatch(value):
        return value
    if not value.isprintable():
        raise _disagreement(wish, "a line break or a control character")
    if "'" not in value and not _ODD_BACKSLASH.search(value):
        return f"'{value}'"
    if not re.search(r"[$`\\]", value):
        return '"' + value.replace('"', '\\"') + '"'
    raise _disagreement(wish, "a backslash or quotes beside a $, ` or backslash")


def _disagreement(wish: Put, what: str) -> UsageError:
    return UsageError(
        f"the value of {shown(wish.path)} holds {what}.",
        "Readers of such files disagree about these: keep the value in a file and name the file, or encode it.",
    )


def _appended(document: Document, name: str, value: str) -> str:
    text = document.text
    found = scan(text).statements
    export = "export " if found and sum(s.export for s in found) * 2 > len(found) else ""
    ending = "\r\n" if "\r\n" in text else "\n"
    before = "" if not text or text.endswith(("\n", "\r")) else ending
    return f"{text}{before}{export}{name}={value}{ending}"


def _without(text: str, places: Lines, statement: Statement) -> str:
    first, last = statement.mark.line, statement.end.line
    start = places.starts[first - 1]
    end = places.starts[last] if last < len(places.starts) else len(text)
    return text[:start] + text[end:]
