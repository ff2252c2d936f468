"""Exact changes of a text: made by rules, shown as a diff, applied by ``--fix``. Nothing else of the file moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mcp_server.document.edit import Change, Edit
from mcp_server.document.lines import Lines
from mcp_server.document.nodes import Mark, Node, Scalar
from mcp_server.redact import redact

Hunk = list[str]
#: Characters of a hunk that is shown; redaction takes seconds for megabytes, and nobody reads them.
MAX_HUNK = 4_000


def replace_node(node: Node | None, new: str, *, safe: bool = False) -> Change | None:
    """``new`` in place of a one-line scalar (with its quotes); ``None`` when that is not one exact edit.

    ``new`` is source text. ``writing.set_value`` finds the right quotes for a value itself.
    """
    if not isinstance(node, Scalar) or node.end.line != node.mark.line or node.end.column <= node.mark.column:
        return None
    return Change((Edit(node.mark, node.end, new),), safe)


def whole_lines(first: int, last: int, text: str = "") -> Edit:
    """An edit that replaces the lines ``first`` to ``last`` (one-based, inclusive) by ``text`` (with its ``\\n``)."""
    return Edit(Mark(first, 1), Mark(last + 1, 1), text)


def apply(text: str, changes: Iterable[Change]) -> tuple[str, list[Change]]:
    """The text with every change that fits, and the changes made.

    Left out whole are a change that touches an earlier one, and one that would take an anchor or tag away. Every
    ``\\n`` of a new text is written as the line end that the file has at that place.
    """
    lines = Lines(text)
    made: dict[Change, None] = {}
    taken: dict[int, list[Edit]] = {}
    for change in changes:
        if change in made or any(_drops_anchor(text, lines, edit) for edit in change.edits):
            continue
        if not any(_touch(edit, other) for edit in change.edits for n in _rows(edit) for other in taken.get(n, ())):
            made[change] = None
            for edit in change.edits:
                for row in _rows(edit):
                    taken.setdefault(row, []).append(edit)
    edits = sorted((edit for change in made for edit in change.edits), key=lambda e: e.start)
    pieces, at = [], 0
    for edit in edits:
        start, end = lines.index(edit.start), lines.index(edit.end)
        pieces += [text[at:start], _with_line_ends(edit, text, lines)]
        at = end
    return "".join([*pieces, text[at:]]), list(made)


def diff(lines: Sequence[str], changes: Iterable[Change], place: str) -> tuple[str, int]:
    """The changes as a unified diff without context lines, and how many hunks it leaves out because they would
    show a secret or are too long to read. Empty when nothing is left."""
    _, made = apply("\n".join(lines), changes)
    hunks: list[Hunk] = []
    shift = 0
    for first, last, edits in _groups(made):
        before = list(lines[first - 1 : last])
        moved = [_moved(edit, 1 - first) for edit in edits]
        after = apply("\n".join(before), [Change(tuple(moved))])[0].split("\n")
        hunks += _hunks(before, after, first - 1, first - 1 + shift)
        shift += len(after) - len(before)
    return _unified(hunks, place)


def compare(before: Sequence[str], after: Sequence[str], place: str) -> tuple[str, int]:
    """The same from two lists of lines."""
    return _unified(_hunks(before, after, 0, 0), place)


def _groups(changes: Iterable[Change]) -> Iterator[tuple[int, int, list[Edit]]]:
    """The edits of ``changes`` in file order, together where their lines meet: first and last line, and the edits."""
    group: list[Edit] = []
    first = last = 0
    for edit in sorted((edit for change in changes for edit in change.edits), key=lambda e: e.start):
        if group and edit.start.line > last + 1:
            yield first, last, group
            group = []
        if not group:
            first, last = edit.start.line, edit.end.line
        group.append(edit)
        last = max(last, edit.end.line)
    if group:
        yield first, last, group


def _moved(edit: Edit, by: int) -> Edit:
    start, end = (Mark(mark.line + by, mark.column) for mark in (edit.start, edit.end))
    return Edit(start, end, edit.text)


def _hunks(before: Sequence[str], after: Sequence[str], start: int, new_start: int) -> Iterator[Hunk]:
    from difflib import SequenceMatcher

    for kind, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if kind != "equal":
            header = f"@@ -{_range(start + a, b - a)} +{_range(new_start + c, d - c)} @@"
            yield [header, *(f"-{line}" for line in before[a:b]), *(f"+{line}" for line in after[c:d])]


def _range(start: int, length: int) -> str:
    """As in unified diffs: the line, or the line before when there are none; a length of one is left out."""
    return str(start + 1) if length == 1 else f"{start + (length > 0)},{length}"


def _unified(hunks: Iterable[Hunk], place: str) -> tuple[str, int]:
    found = list(hunks)
    shown = [hunk for hunk in found if _presentable("\n".join(hunk))]
    hidden = len(found) - len(shown)
    if not shown:
        return "", hidden
    return "\n".join([f"--- {place}", f"+++ {place}", *(line for hunk in shown for line in hunk), ""]), hidden


def _presentable(hunk: str) -> bool:
    return len(hunk) <= MAX_HUNK and redact(hunk) == hunk


def _rows(edit: Edit) -> range:
    return range(edit.start.line, edit.end.line + 1)


def _touch(edit: Edit, other: Edit) -> bool:
    """Two edits that overlap, or start at the same place; but several texts may be inserted at one place."""
    if edit.start == other.start:
        return edit.start != edit.end or other.start != other.end
    return edit.start < other.end and other.start < edit.end


def _drops_anchor(text: str, lines: Lines, edit: Edit) -> bool:
    """A scalar's place begins at its anchor or tag; replaced as a whole, its aliases would lose their target."""
    start = text[lines.index(edit.start) : lines.index(edit.start) + 1]
    return edit.end > edit.start and edit.start.line == edit.end.line and start in ("&", "!") and edit.text[:1] != start


def _with_line_ends(edit: Edit, text: str, lines: Lines) -> str:
    return edit.text.replace("\n", _line_end(text, lines, edit.start)) if "\n" in edit.text else edit.text


def _line_end(text: str, lines: Lines, mark: Mark) -> str:
    """The line end of the line at ``mark``, for the last line that of the first."""
    if len(lines.starts) == 1:
        return "\n"
    number = mark.line if mark.line < len(lines.starts) else 1
    following = lines.starts[number]
    return text[following - 2 : following] if text[following - 2 : following] == "\r\n" else text[following - 1]
