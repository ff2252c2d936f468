"""Comments that silence findings: ``# llm-gateway: ignore[rule-id, …] reason`` at the end of the line or alone
above it, ``# llm-gateway: ignore-file[rule-id]`` in the first lines. JSON with comments has ``//`` instead of ``#``.

Only real comments count: one that stands inside a value is text. A file that cannot be read has no comments.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from mcp_server.answer import Finding
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence
from mcp_server.redact import quote

#: ``ignore-file`` must stand within so many lines: a reader looks there.
FIRST_LINES = 20
_WORD = "llm-gateway:"
_DIRECTIVE = re.compile(
    r"(?P<sign>#|//)[ \t]*llm-gateway:[ \t]*(?P<verb>ignore-file|ignore)\b"
    r"(?:[ \t]*\[(?P<names>[^\]\n]*)\])?"
)
_NAME = re.compile(r"[^\s,]+")
_COMMENT_LINE = re.compile(r"\s*(#|//)")


@dataclass
class Suppression:
    """One comment. ``line`` is the line whose findings it silences, ``None`` for the whole file."""

    mark: Mark
    names: list[tuple[str, Mark]]
    line: int | None
    reason: str
    too_late: bool = False
    """An ``ignore-file`` below the first lines, which does nothing."""
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Suppressed:
    """A finding that a comment in the file silences; ``line`` is the comment's."""

    finding: Finding
    reason: str
    line: int


@dataclass
class Suppressions:
    """The comments of one file, and the ids of the rules that ``ran`` so far: only those can make use of one."""

    comments: list[Suppression] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    @cached_property
    def _by_line(self) -> dict[int | None, list[Suppression]]:
        lines: dict[int | None, list[Suppression]] = {}
        for comment in self.comments:
            lines.setdefault(comment.line, []).append(comment)
        return lines

    def judge(self, finding: Finding) -> Suppressed | None:
        """The suppression of ``finding``, if any; notes that its comment is of use."""
        if not self.comments:
            return None
        line = finding.where.line if finding.where else None
        here = self._by_line.get(line, []) if line is not None else []
        for comment in (*here, *self._by_line.get(None, [])):
            if not comment.too_late and any(name == finding.id for name, _ in comment.names):
                comment.used.add(finding.id)
                return Suppressed(finding, quote(comment.reason, 200), comment.mark.line)
        return None


def attach(document: Document, parts: Iterable[Document], ran: list[str]) -> Suppressions:
    """Reads the comments of ``document``; ``parts`` are configurations inside its values, with their own comments."""
    # without a tree a comment could not be told from text
    commented = document.readable and _WORD in document.text and document.language != "json"
    found = Suppressions(list(_read(document, list(parts))) if commented else [], ran)
    document.views["suppressions"] = found
    return found


def of(document: Document) -> Suppressions:
    """What ``attach`` has read; nothing in a part of a file."""
    found = document.views.get("suppressions")
    return found if isinstance(found, Suppressions) else Suppressions()


def _read(document: Document, parts: list[Document]) -> Iterator[Suppression]:
    outer = _Spans(document, document.roots)
    inner = [(root.mark, _Spans(document, part.roots)) for part in parts for root in part.roots[:1]]
    for number, line in enumerate(document.lines, 1):
        if _WORD not in line:
            continue
        for match in _DIRECTIVE.finditer(line):
            mark = Mark(number, match.start() + 1)
            if _starts(document, line, match) and _is_comment(mark, outer, inner):
                yield _suppression(document, match, mark)
                break


def _starts(document: Document, line: str, match: re.Match[str]) -> bool:
    """Whether the sign begins a comment in this language; elsewhere than in JSON a blank must stand before it."""
    if document.language == "jsonc":
        return match["sign"] == "//"
    return match["sign"] == "#" and (match.start() == 0 or line[match.start() - 1] in " \t")


def _is_comment(mark: Mark, outer: _Spans, inner: list[tuple[Mark, _Spans]]) -> bool:
    holder = outer.around(mark)
    if holder is None:
        return True
    part = next((spans for start, spans in inner if holder[0] <= start < holder[1]), None)
    return part is not None and part.around(mark) is None


def _suppression(document: Document, match: re.Match[str], mark: Mark) -> Suppression:
    start = match.start("names")
    names = [(n[0], Mark(mark.line, start + n.start() + 1)) for n in _NAME.finditer(match["names"] or "")]
    whole = match["verb"] == "ignore-file"
    return Suppression(
        mark,
        names,
        None if whole else _target(document, mark),
        document.line(mark.line)[match.end() :].strip(" \t:-"),
        too_late=whole and mark.line > FIRST_LINES,
    )


def _target(document: Document, mark: Mark) -> int:
    """The comment's own line, or the next one that is neither empty nor a comment."""
    if document.line(mark.line)[: mark.column - 1].strip():
        return mark.line
    following = range(mark.line + 1, len(document.lines) + 1)
    return next((n for n in following if (line := document.line(n)).strip() and not _COMMENT_LINE.match(line)), 0)


class _Spans:
    """Where the values and keys of a tree stand, to tell a comment from text that looks like one."""

    def __init__(self, document: Document, roots: Iterable[Node]) -> None:
        self._spans = sorted({_span(document, scalar) for root in roots for scalar in _scalars(root)})
        self._starts = [start for start, _ in self._spans]

    def around(self, mark: Mark) -> tuple[Mark, Mark] | None:
        """The span that holds ``mark``. Spans do not overlap."""
        index = bisect_right(self._starts, mark) - 1
        return self._spans[index] if index >= 0 and mark < self._spans[index][1] else None


def _span(document: Document, scalar: Scalar) -> tuple[Mark, Mark]:
    """From the first character to behind the last; the line of a ``|`` or ``>`` may end in a comment."""
    start = scalar.mark
    if scalar.end.line > start.line and document.line(start.line)[start.column - 1 : start.column] in ("|", ">"):
        start = Mark(start.line + 1, 1)
    return start, scalar.end


def _scalars(root: Node) -> Iterator[Scalar]:
    """Every scalar as written: keys, duplicates and merged mappings included. Iterative, cycle-safe."""
    visited: set[int] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Sequence):
            stack += node.items
        elif isinstance(node, Mapping):
            stack += [part for entry in node.entries for part in (entry.key, entry.value)]
            stack += node.merged
