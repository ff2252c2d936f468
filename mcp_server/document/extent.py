"""Where the parts of a file begin and end: the lines of an entry, the brackets of a collection."""

from __future__ import annotations

import re

from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence

#: What stands before the first key of a list item.
ITEM = re.compile(r"\s*(-[ ]+)")


def is_flow(document: Document, node: Node) -> bool:
    """Written with braces or brackets (all of JSON is)."""
    return document.language in ("json", "jsonc") or _at(document, node.mark) in ("{", "[")


def _at(document: Document, mark: Mark) -> str:
    return document.line(mark.line)[mark.column - 1 : mark.column]


def decorated(document: Document, node: Node) -> bool:
    return document.language == "yaml" and _at(document, node.mark) in ("&", "!", "*")


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def end_of(document: Document, node: Node) -> Mark | None:
    """Right after a one-line scalar or a collection in brackets."""
    if isinstance(node, Scalar):
        return node.end if node.end.line == node.mark.line else None
    return Mark(node.end.line, node.end.column + 1) if is_flow(document, node) else None


def lines_of(document: Document, mapping: Mapping, entry: Entry) -> tuple[int, int] | None:
    """First and last line of an entry of a YAML block mapping."""
    if document.language != "yaml" or is_flow(document, mapping) or not any(e is entry for e in mapping.entries):
        return None
    first, column = entry.key.mark.line, entry.key.mark.column - 1
    before = document.line(first)[:column]
    if before.strip() and not ITEM.fullmatch(before):
        return None
    last = line = max(first, *(_last(document, node) for node in _own(entry)))
    while line < len(document.lines):
        line += 1
        text = document.line(line)
        if not text.strip():
            continue
        deeper = indent(text) > column or (
            isinstance(entry.value, Sequence) and indent(text) == column and text[column:].startswith("- ")
        )
        if not deeper or text.lstrip(" ").startswith("\t"):
            break
        last = line
    return first, last


def _own(entry: Entry) -> list[Node]:
    """The nodes that stand behind the key: not those that an alias shares."""
    found: list[Node] = [entry.key]
    stack, seen = [entry.value], set[int]()
    while stack:
        node = stack.pop()
        if node.mark < entry.key.mark or id(node) in seen:
            continue
        seen.add(id(node))
        found.append(node)
        if isinstance(node, Mapping):
            stack += [e.value for e in node.entries]
        elif isinstance(node, Sequence):
            stack += node.items
    return found


def _last(document: Document, node: Node) -> int:
    if isinstance(node, Scalar):
        return node.end.line if node.end.column > 1 else max(node.end.line - 1, node.mark.line)
    return node.end.line if is_flow(document, node) else node.mark.line
