"""Exact changes of a text: made by rules, shown as a diff, applied by ``--fix``. Nothing else of the file moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcp_server.redact import redact
from mcp_server.validate.nodes import Mark, Node, Scalar
from mcp_server.validate.problem import Change, Edit


def replace_node(node: Node | None, new: str, *, safe: bool = False) -> Change | None:
    """``new`` in place of a one-line scalar (with its quotes); ``None`` when that is not one exact edit."""
    if not isinstance(node, Scalar) or node.end.line != node.mark.line or node.end.column <= node.mark.column:
        return None
    return Change((Edit(node.mark, node.end, new),), safe)


def apply(lines: Sequence[str], changes: Iterable[Change]) -> tuple[list[str], list[Change]]:
    """The lines with every change that fits, and the changes made: one that touches an earlier one is left out whole.

    Lines carry no line ends; an inserted text may hold ``\\n`` and becomes several lines.
    """
    made: list[Change] = []
    taken: list[Edit] = []
    for change in changes:
        if change not in made and not any(_touch(edit, other) for edit in change.edits for other in taken):
            made.append(change)
            taken += change.edits
    result = list(lines)
    for edit in sorted(taken, key=lambda e: e.start, reverse=True):
        first, last = edit.start.line - 1, edit.end.line - 1
        before = result[first][: edit.start.column - 1] if first < len(result) else ""
        after = result[last][edit.end.column - 1 :] if last < len(result) else ""
        result[first : last + 1] = (before + edit.text + after).split("\n")
    return result, made


def diff(lines: Sequence[str], changes: Iterable[Change], place: str) -> tuple[str, int]:
    """The changes as a unified diff without context lines, and how many hunks it leaves out because they would
    show a secret. Empty when nothing is left."""
    from difflib import unified_diff

    after, _ = apply(lines, changes)
    hunks: list[list[str]] = []
    for line in unified_diff(lines, after, place, place, n=0, lineterm=""):
        if line.startswith("@@"):
            hunks.append([])
        if hunks:
            hunks[-1].append(line)
    shown = [hunk for hunk in hunks if redact("\n".join(hunk)) == "\n".join(hunk)]
    if not shown:
        return "", len(hunks)
    return "\n".join([f"--- {place}", f"+++ {place}", *(line for hunk in shown for line in hunk), ""]), len(
        hunks
    ) - len(shown)


def _touch(edit: Edit, other: Edit) -> bool:
    """Two edits that overlap, or start at the same place."""
    return edit.start == other.start or (edit.start < other.end and other.start < edit.end)


def whole_lines(first: int, last: int, text: str = "") -> Edit:
    """An edit that replaces the lines ``first`` to ``last`` (one-based, inclusive) by ``text`` (with its ``\\n``)."""
    return Edit(Mark(first, 1), Mark(last + 1, 1), text)
