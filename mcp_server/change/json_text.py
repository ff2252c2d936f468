"""Puts and removes values in JSON and JSONC text, in the text's own style (pure). Nothing else of the text moves."""

from __future__ import annotations

import json
import re
from typing import Any

from mcp_server.change.wish import KeyPath, Put, Remove, Wish
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar

_LEADING = re.compile(r"[ \t]*")
_COMMENT = re.compile(r"//[^\r\n]*|/\*(?s:.*?)\*/")
_REST_OF_LINE = re.compile(r"[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/[ \t]*)?(?=\r|\n|\Z)")
_STEP = "  "


def edited(document: Document, wish: Wish) -> str:
    """The text after ``wish``. The document is readable and its root a mapping."""
    root = document.root
    if not isinstance(root, Mapping):
        raise AssertionError("only a mapping can be edited")
    editor = _Editor(document)
    return editor.put(root, wish.path, wish.value) if isinstance(wish, Put) else editor.remove(root, wish)


class _Editor:
    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.index = document.places.index
        self.end_of_line = "\r\n" if "\r\n" in document.text else "\n" if "\n" in document.text else "\r"
        if self.end_of_line not in document.text:
            self.end_of_line = "\n"
        self.one_line = not re.search(r"[\r\n]", document.text.strip())
        root = document.root
        first = root.entries[0] if isinstance(root, Mapping) and root.entries else None
        self.step = (self._indent(first) if first is not None and self._starts_line(first) else "") or _STEP

    def put(self, mapping: Mapping, path: KeyPath, value: Any) -> str:
        entry = mapping.entry(path[0])
        if entry is None:
            for key in reversed(path[1:]):
                value = {key: value}
            return self._insert(mapping, path[0], value)
        if len(path) > 1 and isinstance(entry.value, Mapping):
            return self.put(entry.value, path[1:], value)
        for key in reversed(path[1:]):  # null stands where a mapping is wanted
            value = {key: value}
        start, end = self._span(entry.value)
        line = self._line_indent(self._start(entry.key))
        inline = self.one_line or not self._starts_line(entry)
        return self.text[:start] + self._written(value, "" if inline else line, inline=inline) + self.text[end:]

    def remove(self, mapping: Mapping, wish: Remove) -> str:
        path = wish.path
        entry = mapping.entry(path[0])
        if entry is None:
            return self.text
        if len(path) > 1:
            inner = entry.value
            return self.remove(inner, Remove(path[1:])) if isinstance(inner, Mapping) else self.text
        return self._delete(mapping, entry)

    def _insert(self, mapping: Mapping, key: str, value: Any) -> str:
        opened, closed = self._span(mapping)
        outer = self._line_indent(opened)
        if not mapping.entries:
            if self.one_line:
                entry = self._entry(key, value, "", inline=True)
                return self.text[: opened + 1] + entry + self.text[opened + 1 :]
            inner = outer + self.step
            new = f"{self.end_of_line}{inner}{self._entry(key, value, inner)}"
            rest = self.text[opened + 1 : closed - 1]
            if not rest.strip() and not re.search(r"[\r\n]", rest):
                return f"{self.text[: opened + 1]}{new}{self.end_of_line}{outer}{self.text[closed - 1 :]}"
            return self.text[: opened + 1] + new + self.text[opened + 1 :]
        last = max(mapping.entries, key=lambda e: e.key.mark)
        after = self._span(last.value)[1]
        comma = self._comma(after, closed - 1)
        trailing = "" if comma is None else ","  # the file's own style (JSONC)
        if not self._starts_line(last):
            entry = " " + self._entry(key, value, "", inline=True)
            at = after if comma is None else comma + 1
            return f"{self.text[:at]}{',' if comma is None else ''}{entry}{trailing}{self.text[at:]}"
        inner = self._indent(last)
        new = f"{self.end_of_line}{inner}{self._entry(key, value, inner)}{trailing}"
        at = after if comma is None else comma + 1
        # A comment behind the last value stays behind it.
        rest_of_line = _REST_OF_LINE.match(self.text, at)
        behind = rest_of_line.end() if rest_of_line and rest_of_line.end() < closed else at
        separator = "," if comma is None else ""
        return f"{self.text[:after]}{separator}{self.text[after:behind]}{new}{self.text[behind:]}"

    def _delete(self, mapping: Mapping, entry: Entry) -> str:
        """Every entry of that name, with its comma and, where it has lines of its own, with them."""
        text = self.text
        chosen = [e for e in mapping.entries if e.name == entry.name]
        for one in sorted(chosen, key=lambda e: e.key.mark, reverse=True):
            text = self._without(text, mapping, one, chosen)
        return text

    def _without(self, text: str, mapping: Mapping, entry: Entry, gone: list[Entry]) -> str:
        ordered = sorted(mapping.entries, key=lambda e: e.key.mark)
        number = ordered.index(entry)
        start, end = self._start(entry.key), self._span(entry.value)[1]
        closed = self._span(mapping)[1] - 1
        following = self._start(ordered[number + 1].key) if number + 1 < len(ordered) else closed
        comma = self._comma(end, following)
        if comma is not None:
            end = comma + 1
        elif any(e not in gone for e in ordered[:number]):
            # The last one: the comma before it has nothing to separate any more.
            kept = max(i for i in range(number) if ordered[i] not in gone)
            before = self._comma(self._span(ordered[kept].value)[1], self._start(ordered[kept + 1].key))
            if before is not None:
                return text[:before] + text[before + 1 : self._line_start(start, before)] + text[self._line_end(end) :]
        return text[: self._line_start(start)] + text[self._line_end(end, start) :]

    def _line_start(self, start: int, limit: int = -1) -> int:
        """Where the line of ``start`` ends before it, when only blanks stand between; else ``start`` less blanks."""
        at = start
        while at > 0 and self.text[at - 1] in " \t":
            at -= 1
        if at > 0 and self.text[at - 1] in "\r\n":
            at -= 2 if self.text[at - 2 : at] == "\r\n" else 1
            return max(at, limit + 1)
        return max(at, limit + 1) if limit >= 0 else start

    def _line_end(self, end: int, start: int | None = None) -> int:
        """Behind a comment of the entry's own line; behind the blanks when something else follows."""
        rest = _REST_OF_LINE.match(self.text, end)
        if rest is not None and (start is None or self._line_start(start) != start):
            return rest.end()
        blank = _LEADING.match(self.text, end)
        return blank.end() if blank and start is not None else end

    def _comma(self, start: int, end: int) -> int | None:
        """The place of the comma between ``start`` and ``end``, comments skipped."""
        at = start
        while at < end:
            comment = _COMMENT.match(self.text, at)
            if comment is not None:
                at = comment.end()
            elif self.text[at] == ",":
                return at
            else:
                at += 1
        return None

    def _entry(self, key: str, value: Any, indent: str, *, inline: bool = False) -> str:
        return f"{json.dumps(key, ensure_ascii=False)}: {self._written(value, indent, inline=inline)}"

    def _written(self, value: Any, indent: str, *, inline: bool) -> str:
        if inline:
            return json.dumps(value, ensure_ascii=False)
        lines = json.dumps(value, ensure_ascii=False, indent=self.step).split("\n")
        return (self.end_of_line + indent).join(lines)

    def _span(self, node: Node) -> tuple[int, int]:
        return self.index(node.mark), self.index(node.end) + (0 if isinstance(node, Scalar) else 1)

    def _start(self, node: Node) -> int:
        return self.index(node.mark)

    def _starts_line(self, entry: Entry) -> bool:
        before = self.text[: self._start(entry.key)].rstrip(" \t")
        return not before or before[-1] in "\r\n"

    def _indent(self, entry: Entry) -> str:
        return self._line_indent(self._start(entry.key))

    def _line_indent(self, index: int) -> str:
        start = max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1
        found = _LEADING.match(self.text, start)
        return found[0] if found else ""
