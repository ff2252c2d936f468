"""A file inside a value of another file: the LiteLLM configuration in a ConfigMap or an inline Compose config."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mcp_server.document.document import Document, Language, SyntaxProblem
from mcp_server.document.env_reader import Unknown
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence

#: Stands for the dollar sign of a reference that is filled in before the inner file is read.
FILLED = "\ue000"
#: Mark in ``Document.views``: places are not exact enough for edits.
READ_ONLY = "read-only"
_UNKNOWN = "unknown values"
_BLOCK = re.compile(r"(?:[&!]\S*\s+)*([|>])")


def embedded(
    outer: Document, node: Scalar, language: Language, reader: str, text: str | None = None, *, exact: bool = True
) -> Document:
    """The document written in ``node``, with every mark moved to its place in ``outer``.

    ``text`` replaces the node's own text (``$$`` of Compose unescaped, base64 decoded). Places are exact for literal
    blocks (``|``) and one-line values; for the rest, and with ``exact=False``, they are the place of ``node``.
    """
    from mcp_server.document.document import parse

    content = node.text if text is None else text
    parsed = parse(content, language, outer.name, reader=reader)
    move = _mover(outer, node, content) if exact else (lambda _: node.mark)
    editable = exact and text is None and _block(outer, node) == "|"
    unknown: set[Mark] = set()
    for root in parsed.roots:
        unknown |= _move(root, move, editable=editable)
    problems: list[SyntaxProblem] = [replace(p, mark=move(p.mark), change=None) for p in parsed.syntax]
    document = Document(
        outer.language,
        outer.text,
        outer.name,
        outer.bom,
        roots=parsed.roots,
        syntax=problems,
        _lines=outer.lines,
    )
    document.views[_UNKNOWN] = frozenset(unknown)
    document.views[READ_ONLY] = not editable
    return document


def depends(document: Document, mark: Mark | None) -> bool:
    """Whether the value at ``mark`` is known only where the program runs, so that nothing about it is certain."""
    places = document.views.get(_UNKNOWN)
    if not isinstance(places, frozenset):
        places = frozenset(node.mark for _, node in document.nodes if isinstance(node, Unknown))
        document.views[_UNKNOWN] = places
    return mark in places


def _mover(outer: Document, node: Scalar, content: str) -> Callable[[Mark], Mark]:
    """From a place in ``content`` to the place in ``outer``."""
    block = _block(outer, node)
    inside = content.split("\n")
    quoted = 0 if node.plain else 1

    def move(mark: Mark) -> Mark:
        if block:
            line = node.mark.line + mark.line
            written = outer.line(line)
            said = inside[mark.line - 1] if mark.line <= len(inside) else ""
            if block == ">" and not written.endswith(said):
                return node.mark
            if not said.strip():
                return Mark(line, max(len(written), 1))
            shift = len(written) - len(written.lstrip()) - (len(said) - len(said.lstrip()))
            return Mark(line, max(mark.column + shift + _doubled(written[shift:], said, mark.column), 1))
        if node.end.line == node.mark.line and mark.line == 1:
            return Mark(node.mark.line, min(node.mark.column + quoted + mark.column - 1, node.end.column))
        return node.mark

    return move


def _block(outer: Document, node: Scalar) -> str:
    """``|`` or ``>`` when the node is written as a block, else empty."""
    match = _BLOCK.match(outer.line(node.mark.line)[node.mark.column - 1 :]) if node.end.line > node.mark.line else None
    return match[1] if match else ""


def _doubled(written: str, said: str, column: int) -> int:
    """How many characters before ``column`` of ``said`` are written twice (``$$`` for ``$``)."""
    if written == said:
        return 0
    at = extra = 0
    for character in said[: column - 1]:
        if character == "$" and written[at : at + 2] == "$$":
            extra += 1
            at += 1
        at += 1
    return extra


def _move(root: Node, move: Callable[[Mark], Mark], *, editable: bool) -> set[Mark]:
    """Moves every node once, keys and shadowed entries too, and tells the places of values that are filled in later.

    Iterative and cycle-safe.
    """
    unknown: set[Mark] = set()
    seen: set[int] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        start, end = move(node.mark), move(node.end)
        # Without an exact end no rule offers an edit, which would hit the wrong characters.
        node.mark, node.end = start, end if editable and end.line == start.line else start
        if isinstance(node, Scalar) and FILLED in node.text:
            node.text = node.text.replace(FILLED, "$")
            unknown.add(start)
        if isinstance(node, Mapping):
            for entry in node.entries:
                stack += (entry.key, entry.value)
            stack += node.merged
        elif isinstance(node, Sequence):
            stack += node.items
    return unknown
