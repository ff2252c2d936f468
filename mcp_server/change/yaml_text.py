"""Puts and removes values in YAML text, in the text's own style (pure). Nothing else of the text moves."""

from __future__ import annotations

import re
from typing import Any

from mcp_server.change.wish import KeyPath, Put, Wish, shown
from mcp_server.document import edits
from mcp_server.document.document import Document
from mcp_server.document.edit import Change, Edit
from mcp_server.document.extent import decorated, is_flow, lines_of
from mcp_server.document.nodes import Entry, Mapping, Mark, Scalar
from mcp_server.document.structure import delete_entry, indentation, insertion
from mcp_server.document.writing import set_text, source, write
from mcp_server.errors import UsageError

_NULL = re.compile(r"~|null|Null|NULL|")


def edited(document: Document, wish: Wish) -> str:
    """The text after ``wish``. The document is readable; its root is a mapping, or nothing.

    Raises:
        UsageError: the place is one where no edit certainly means what it should (an alias, an anchor, a merge).
    """
    root = document.root
    if root is None or (isinstance(root, Scalar) and root.is_null):
        return _appended(document, wish) if isinstance(wish, Put) else document.text
    if not isinstance(root, Mapping):
        raise AssertionError("only a mapping can be edited")
    change = (
        _put(document, root, wish.path, wish.value) if isinstance(wish, Put) else _remove(document, root, wish.path)
    )
    if change is None:
        raise UsageError(
            f"{shown(wish.path)} stands at a place that cannot be changed without touching its surroundings "
            "(an anchor, an alias, a merge key or a comment in the way).",
            "Make this change by hand.",
        )
    text, made = edits.apply(document.text, [change])
    if change.edits and not made:
        raise UsageError(f"{shown(wish.path)} carries an anchor that other places use.", "Make this change by hand.")
    return text


def _put(document: Document, mapping: Mapping, path: KeyPath, value: Any) -> Change | None:
    entry = mapping.entry(path[0])
    own = entry is not None and any(e is entry for e in mapping.entries)
    if entry is None or not own:
        return None if entry is not None else _inserted(document, mapping, path, value)
    if decorated(document, entry.value):
        return None
    if len(path) > 1 and isinstance(entry.value, Mapping):
        return _put(document, entry.value, path[1:], value)
    return _replaced(document, mapping, entry, _nested(path[1:], value))


def _nested(path: KeyPath, value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _inserted(document: Document, mapping: Mapping, path: KeyPath, value: Any) -> Change | None:
    nested = _nested(path[1:], value)
    lines = [f"{write(document, path[0])}: {_flow(document, nested)}"]
    if not is_flow(document, mapping):
        lines = _block(document, path[0], nested)
    edit = insertion(document, mapping, lines)
    return None if edit is None else Change((edit,), safe=True)


def _replaced(document: Document, mapping: Mapping, entry: Entry, value: Any) -> Change | None:
    node = entry.value
    scalar = not isinstance(value, (dict, list))
    if isinstance(node, Scalar) and scalar and node.end.line == node.mark.line and node.end > node.mark:
        if isinstance(value, str):
            return set_text(document, node, value)
        return edits.replace_node(node, _flow(document, value))
    if is_flow(document, mapping) or (isinstance(node, Scalar) and node.end == node.mark and scalar):
        return _in_place(document, entry, value)
    lines = lines_of(document, mapping, entry)
    if lines is None:
        return None
    column = entry.key.mark.column - 1
    before = document.line(lines[0])[:column]
    block = _block(document, entry.name, value, source(document, entry.key))
    text = "\n".join([before + block[0], *((" " * column + line) if line else "" for line in block[1:])])
    return Change((Edit(Mark(lines[0], 1), Mark(lines[1], len(document.line(lines[1])) + 1), text),), safe=True)


def _in_place(document: Document, entry: Entry, value: Any) -> Change | None:
    """In braces, or behind a key that has no value yet."""
    node = entry.value
    written = _flow(document, value)
    if isinstance(node, Scalar) and node.end == node.mark:
        after = Mark(entry.key.end.line, entry.key.end.column)
        rest = document.line(after.line)[after.column - 1 :]
        colon = rest.find(":")
        if colon < 0:
            return None
        place = Mark(after.line, after.column + colon + 1)
        return Change((Edit(place, place, f" {written}"),), safe=True)
    end = node.end if isinstance(node, Scalar) else Mark(node.end.line, node.end.column + 1)
    return Change((Edit(node.mark, end, written),), safe=True)


def _remove(document: Document, mapping: Mapping, path: KeyPath) -> Change | None:
    entry = mapping.entry(path[0])
    if entry is None:
        return Change((), safe=True)
    if len(path) > 1:
        inner = entry.value
        return _remove(document, inner, path[1:]) if isinstance(inner, Mapping) else Change((), safe=True)
    if not any(e is entry for e in mapping.entries) or sum(e.name == entry.name for e in mapping.entries) > 1:
        return None
    if len(mapping.entries) == 1 and not is_flow(document, mapping):
        return None if mapping is document.root else _emptied(document, mapping, entry)
    return delete_entry(document, mapping, entry)


def _emptied(document: Document, mapping: Mapping, entry: Entry) -> Change | None:
    """The only entry of a block mapping: ``{}`` takes its place, so that the key above keeps a mapping."""
    lines = lines_of(document, mapping, entry)
    if lines is None or document.line(lines[0])[: entry.key.mark.column - 1].strip():
        return None
    end = Mark(lines[1], len(document.line(lines[1])) + 1)
    return Change((Edit(entry.key.mark, end, "{}"),), safe=True)


def _appended(document: Document, wish: Put) -> str:
    """The first entry of a file that holds nothing but comments."""
    text = document.text
    lines = "\n".join(_block(document, wish.path[0], _nested(wish.path[1:], wish.value)))
    ending = "\r\n" if "\r\n" in text else "\n"
    before = "" if not text or text.endswith(("\n", "\r")) else ending
    return f"{text}{before}{lines.replace(chr(10), ending)}{ending}"


def _block(document: Document, key: str, value: Any, written_key: str | None = None) -> list[str]:
    """``key: value`` as the lines of a block mapping, indented as if it stood at column 1."""
    name = written_key or write(document, key) or key
    if isinstance(value, str):
        return [f"{name}: {_flow(document, value)}"]
    if not isinstance(value, (dict, list)) or not value:
        return [f"{name}: {_flow(document, value)}"]
    import yaml

    dumped = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, indent=indentation(document), width=1_000_000
    ).rstrip("\n")
    pad = " " * indentation(document)
    return [f"{name}:", *(pad + line if line else line for line in dumped.split("\n"))]


def _flow(document: Document, value: Any) -> str:
    """``value`` on one line, as YAML reads it."""
    if isinstance(value, str):
        written = write(document, value)
        if written is not None:
            return written
    import json

    # JSON text is YAML, and is read as the same data.
    return json.dumps(value, ensure_ascii=False)
