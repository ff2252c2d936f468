"""Changes of structure as exact edits: rename, delete, insert and move entries, wrap values into lists.

Every function gives ``None`` where the place is too unusual for an edit that certainly means what it should (an
alias, an anchor, a comment in the way); the finding then has no change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from mcp_server.document.document import Document
from mcp_server.document.edit import Change, Edit
from mcp_server.document.extent import ITEM, decorated, end_of, indent, is_flow, lines_of
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, is_empty
from mcp_server.document.writing import set_text, source, write

#: Larger mappings are no hand-written ones, and each change looks at all entries.
MAX_ENTRIES = 1_000
_KEEPS_BLANKS = re.compile(r"[|>]\d?\+")


def rename_key(document: Document, entry: Entry, name: str, *, safe: bool = False) -> Change | None:
    """``name`` in place of the entry's key."""
    return set_text(document, entry.key, name, safe=safe)


def delete_entry(document: Document, mapping: Mapping, entry: Entry, *, safe: bool = False) -> Change | None:
    """The entry gone, with a comment at the end of its own lines; comment lines above it stay."""
    edit = _deletion(document, mapping, entry)
    return None if edit is None else Change((edit,), safe)


def insert_entry(
    document: Document, mapping: Node | None, name: str, value: str, *, safe: bool = False
) -> Change | None:
    """A new last entry ``name: value`` (``value`` is source text) of a mapping, in the mapping's own style."""
    key = write(document, name)
    if key is None or not isinstance(mapping, Mapping):
        return None
    edit = insertion(document, mapping, [f"{key}: {value}"])
    return None if edit is None else Change((edit,), safe)


def set_in_section(
    document: Document, root: Mapping, section: str, name: str, value: str, *, safe: bool = False
) -> Change | None:
    """The same in a section of ``root``, which is made at the end of the file when it is missing."""
    key = write(document, name)
    edit = None if key is None else _into_section(document, root, section, [f"{key}: {value}"])
    return None if edit is None else Change((edit,), safe)


def move_entry(
    document: Document, source_: Mapping, entry: Entry, root: Mapping, section: str, *, safe: bool = False
) -> Change | None:
    """The entry (with the comment lines right above it) as the last one of a section of ``root``."""
    target = root.get(section)
    if isinstance(target, Mapping) and entry.name in target:
        return None
    return _move(document, source_, entry, safe, lambda lines: _into_section(document, root, section, lines))


def move_into(
    document: Document, source_: Mapping, entry: Entry, target: Node | None, *, safe: bool = False
) -> Change | None:
    """The entry as the last one of the mapping ``target``."""
    if not isinstance(target, Mapping) or entry.name in target:
        return None
    return _move(document, source_, entry, safe, lambda lines: insertion(document, target, lines))


def wrap_in_list(document: Document, node: Node | None, *, safe: bool = False) -> Change | None:
    """A one-line scalar as the only item of a list."""
    if not isinstance(node, Scalar) or node.end.line != node.mark.line or node.end <= node.mark:
        return None
    written = source(document, node)
    if written[:1] in ("&", "!", "|", ">"):
        return None
    if node.plain and re.search(r"[,\[\]{}#:]", written):
        requoted = write(document, node.text) if node.is_text else None
        if requoted is None:
            return None
        written = requoted
    return Change((Edit(node.mark, node.end, f"[{written}]"),), safe)


def one_item_per_key(
    document: Document, mapping: Mapping, *, safe: bool = False, in_list: bool = False
) -> Change | None:
    """A mapping with several keys as list items of one key each: ``{a: 1, b: 2}`` becomes ``[{a: 1}, {b: 2}]``.

    ``in_list``: the mapping is an item of a list already.
    """
    entries = mapping.entries
    if not entries or mapping.merged or decorated(document, mapping):
        return None
    edits: list[Edit] = []
    if is_flow(document, mapping):
        for entry, following in pairwise(entries):
            end = end_of(document, entry.value)
            if end is None:
                return None
            edits += [_insert(end, "}"), _insert(following.key.mark, "{")]
        if not in_list:
            end = Mark(mapping.end.line, mapping.end.column + 1)
            edits = [_insert(mapping.mark, "["), *edits, _insert(end, "]")]
        return Change(tuple(edits), safe)
    first = entries[0].key.mark
    dash = ITEM.fullmatch(document.line(first.line)[: first.column - 1])
    if in_list:
        if dash is None or any(e.key.mark.column != first.column for e in entries):
            return None
        column = first.column - len(dash[1])
        for entry in entries[1:]:
            if document.line(entry.key.mark.line)[: entry.key.mark.column - 1].strip():
                return None
            edits.append(Edit(Mark(entry.key.mark.line, column), entry.key.mark, dash[1]))
        return Change(tuple(edits), safe)
    for entry in entries:
        lines = lines_of(document, mapping, entry)
        if lines is None or document.line(lines[0])[: entry.key.mark.column - 1].strip():
            return None
        edits.append(_insert(entry.key.mark, "- "))
        edits += [_insert(Mark(n, 1), "  ") for n in range(lines[0] + 1, lines[1] + 1) if document.line(n).strip()]
    return Change(tuple(edits), safe)


def _insert(mark: Mark, text: str) -> Edit:
    return Edit(mark, mark, text)


def _deletion(document: Document, mapping: Mapping, entry: Entry) -> Edit | None:
    if len(mapping.entries) > MAX_ENTRIES:
        return None
    if is_flow(document, mapping):
        return _flow_deletion(document, mapping, entry)
    lines = lines_of(document, mapping, entry)
    if lines is None:
        return None
    first, last = lines
    if not document.line(first)[: entry.key.mark.column - 1].strip():
        return Edit(Mark(first, 1), Mark(last + 1, 1), "")
    following = [e.key.mark for e in mapping.entries if e.key.mark > entry.key.mark]
    # the first key behind a dash: the next one takes its place, if nothing stands between them
    if not following or following[0] != Mark(last + 1, entry.key.mark.column):
        return None
    return Edit(entry.key.mark, following[0], "")


def _flow_deletion(document: Document, mapping: Mapping, entry: Entry) -> Edit | None:
    index = next((i for i, e in enumerate(mapping.entries) if e is entry), None)
    end = end_of(document, entry.value)
    if index is None or end is None or mapping.merged or entry.value.mark < entry.key.mark:
        return None
    if index + 1 < len(mapping.entries):
        following = mapping.entries[index + 1].key.mark
        return Edit(entry.key.mark, following, "") if _only_comma(document, end, following) else None
    if index == 0:
        opened = Mark(mapping.mark.line, mapping.mark.column + 1)
        alone = _blank(document, opened, entry.key.mark) and _blank(document, end, mapping.end)
        return Edit(opened, mapping.end, "") if alone else Edit(entry.key.mark, end, "")
    before = end_of(document, mapping.entries[index - 1].value)
    if before is None or not _only_comma(document, before, entry.key.mark):
        return None
    return Edit(before, end, "")


def _only_comma(document: Document, start: Mark, end: Mark) -> bool:
    return start < end and _between(document, start, end).strip() == ","


def _blank(document: Document, start: Mark, end: Mark) -> bool:
    return start <= end and not _between(document, start, end).strip()


def _between(document: Document, start: Mark, end: Mark) -> str:
    return document.text[document.places.index(start) : document.places.index(end)]


def insertion(document: Document, mapping: Mapping, lines: list[str]) -> Edit | None:
    """The entry in ``lines`` (indented as if it stood at column 1) as the last one of ``mapping``.

    A mapping in braces takes only the first line's form: ``key: value`` on one line.
    """
    if len(mapping.entries) > MAX_ENTRIES or (decorated(document, mapping) and not is_flow(document, mapping)):
        return None
    if not is_flow(document, mapping):
        if not mapping.entries:
            return None
        last = max(mapping.entries, key=lambda e: e.key.mark)
        place = lines_of(document, mapping, last)
        if place is None or _KEEPS_BLANKS.search(document.line(last.key.mark.line)):
            return None
        indent = " " * (last.key.mark.column - 1)
        return _after_line(document, place[1], "".join(f"\n{indent}{line}" if line else "\n" for line in lines))
    text = "\n".join(lines)
    if not mapping.entries:
        return _insert(Mark(mapping.mark.line, mapping.mark.column + 1), text) if not mapping.merged else None
    last = max(mapping.entries, key=lambda e: e.key.mark)
    end = end_of(document, last.value)
    if end is None or end < last.key.mark or mapping.merged:
        return None
    if last.key.mark.line == mapping.mark.line:
        return _insert(end, ", " + text)
    own_line = document.line(last.key.mark.line)[: last.key.mark.column - 1]
    return _insert(end, ",\n" + own_line + text) if not own_line.strip() else _insert(end, ", " + text)


def _into_section(document: Document, root: Mapping, section: str, lines: list[str]) -> Edit | None:
    target = root.get(section)
    if isinstance(target, Mapping):
        return insertion(document, target, lines)
    key = write(document, section)
    if key is None or decorated(document, root):
        return None
    if is_flow(document, root):
        return insertion(document, root, [f"{key}: {{{lines[0]}}}"]) if target is None and len(lines) == 1 else None
    step = " " * _step(root)
    indent = " " * (root.mark.column - 1)
    inner = "".join(f"\n{indent}{step}{line}" if line else "\n" for line in lines)
    if target is None:
        last = len(document.lines)
        if document.line(last).strip():
            return _after_line(document, last, f"\n{indent}{key}:{inner}")
        return _insert(Mark(last, 1), f"{indent}{key}:{inner}\n")
    entry = root.entry(section)
    if entry is None or not is_empty(target) or target.end != target.mark:  # null or ~ is written there
        return None
    return _after_line(document, entry.key.mark.line, inner)


def _after_line(document: Document, line: int, text: str) -> Edit:
    return _insert(Mark(line, len(document.line(line)) + 1), text)


def indentation(document: Document) -> int:
    """Blanks of one level of the file."""
    return _step(document.root) if isinstance(document.root, Mapping) else 2


def _step(root: Mapping) -> int:
    """The indentation of the file: that of its first section in block form."""
    for entry in root.entries:
        if isinstance(entry.value, Mapping) and entry.value.mark.line > entry.key.mark.line:
            return max(entry.value.mark.column - entry.key.mark.column, 1)
    return 2


def _move(
    document: Document, origin: Mapping, entry: Entry, safe: bool, insert: Callable[[list[str]], Edit | None]
) -> Change | None:
    if is_flow(document, origin):
        end = end_of(document, entry.value)
        if end is None or end.line != entry.key.mark.line or document.language == "yaml":
            return None
        lines = [document.line(end.line)[entry.key.mark.column - 1 : end.column - 1]]
        removed = _flow_deletion(document, origin, entry)
    else:
        place = lines_of(document, origin, entry)
        if place is None or document.line(place[0])[: entry.key.mark.column - 1].strip() or len(origin.entries) < 2:
            return None
        first, last = place
        column = entry.key.mark.column - 1
        while first > 1 and re.match(rf"[ ]{{{column}}}#", document.line(first - 1)):
            first -= 1
        block = [document.line(n) for n in range(first, last + 1)]
        if any(_KEEPS_BLANKS.search(line) or (line.strip() and indent(line) < column) for line in block):
            return None
        lines = [line[column:] for line in block]
        removed = Edit(Mark(first, 1), Mark(last + 1, 1), "")
    added = insert(lines)
    return None if removed is None or added is None else Change((removed, added), safe)
