"""JSON text to nodes with places, and for every mistake its likely fix. Tabs, BOM and CRLF are fine."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NoReturn

from mcp_server.document.document import MAX_DEPTH, SyntaxProblem
from mcp_server.document.lines import Lines
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence

_BLANK = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"//[^\r\n]*|/\*(?s:.*?)\*/")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_CONTROL = re.compile(r"[\x00-\x1f]")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_BAREWORD = re.compile(r"[^\s,:{}\[\]\"']+")
_MAX_DIGITS = 4_000
#: Far beyond any settings file, and below a second of work.
MAX_NODES = 60_000


class _Stop(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, problem: SyntaxProblem) -> None:
        self.problem = problem


def read_json(text: str, *, comments: bool = False) -> tuple[Node | None, list[SyntaxProblem]]:
    """The root (``None``: unreadable) and at most one problem: JSON readers stop at the first.

    ``comments``: the file is JSONC, which allows ``//`` and ``/* */`` comments and a comma before a closing bracket.
    """
    reader = _Reader(text, comments)
    try:
        return reader.document(), []
    except _Stop as stop:
        return None, [stop.problem]


class _Reader:
    def __init__(self, text: str, comments: bool) -> None:
        self.text = text
        self.comments = comments
        self.at = 0
        self.nodes = 0
        self.mark = Lines(text).mark

    def fail(self, problem: str, fix: str, index: int | None = None) -> NoReturn:
        place = self.mark(self.at if index is None else index)
        raise _Stop(SyntaxProblem(problem, fix, place))

    def document(self) -> Node:
        self.blank()
        if self.at >= len(self.text):
            self.fail("the file is empty", "write at least {}")
        root = self.value(0)
        self.blank()
        if self.at < len(self.text):
            self.fail(
                "something follows after the end of the JSON value",
                "delete what follows, or look for a bracket that closes too early",
            )
        return root

    def blank(self) -> None:
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        while self.comments and (comment := _COMMENT.match(self.text, self.at)):
            self.at = _BLANK.match(self.text, comment.end()).end()  # type: ignore[union-attr]
        if self.comments and self.text.startswith("/*", self.at):
            self.fail("this comment is never closed", "add the closing */")
        if self.text.startswith(("//", "/*"), self.at) or self.text.startswith("#", self.at):
            if self.comments:
                self.fail("a # stands here, and comments of this file begin with //", "write // instead of #")
            self.fail("a comment stands here, and JSON has no comments", "delete the comment")

    def value(self, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(f"the file holds more than {MAX_NODES:,} values", "no settings file needs that")
        if depth > MAX_DEPTH:
            self.fail(
                f"values are nested more than {MAX_DEPTH} levels deep here",
                "no settings file needs that: look for a bracket that is never closed",
            )
        character = self.text[self.at : self.at + 1]
        if character == "{":
            return self.mapping(depth)
        if character == "[":
            return self.sequence(depth)
        if character == '"':
            return self.string()
        return self.other()

    def mapping(self, depth: int) -> Mapping:
        node = Mapping(self.mark(self.at))
        opened = self.at
        self.at += 1
        self.blank()
        if self.take("}"):
            node.end = self.mark(self.at - 1)
            return node
        while True:
            if self.text[self.at : self.at + 1] != '"':
                self.key_missing(opened)
            key = self.string()
            self.blank()
            if not self.take(":"):
                self.fail(f'a colon is missing after the key "{key.text}"', "write: " + f'"{key.text}": value')
            self.blank()
            node.entries.append(Entry(key.text, key, self.value(depth + 1)))
            end = self.at
            self.blank()
            if self.take("}"):
                node.end = self.mark(self.at - 1)
                return node
            self.separator(opened, end, "}")
            if self.comments and self.take("}"):
                node.end = self.mark(self.at - 1)
                return node

    def sequence(self, depth: int) -> Sequence:
        node = Sequence(self.mark(self.at))
        opened = self.at
        self.at += 1
        self.blank()
        if self.take("]"):
            node.end = self.mark(self.at - 1)
            return node
        while True:
            node.items.append(self.value(depth + 1))
            end = self.at
            self.blank()
            if self.take("]"):
                node.end = self.mark(self.at - 1)
                return node
            self.separator(opened, end, "]")
            if self.comments and self.take("]"):
                node.end = self.mark(self.at - 1)
                return node

    def separator(self, opened: int, end: int, closing: str) -> None:
        if self.at >= len(self.text):
            place = self.mark(opened)
            self.fail(
                f"the file ends before the {self.text[opened]} of line {place.line} is closed",
                f"add the missing {closing}",
                max(end - 1, 0),
            )
        comma = self.at
        if not self.take(","):
            self.fail("a comma is missing after this value", "add a comma", end)
        self.blank()
        if self.text[self.at : self.at + 1] == closing and not self.comments:
            self.fail(
                f"a comma stands before the closing {closing}, and JSON allows none there",
                "delete this trailing comma",
                comma,
            )

    def key_missing(self, opened: int) -> NoReturn:
        rest = self.text[self.at : self.at + 1]
        if rest == "'":
            self.fail("this key is in single quotes", 'JSON wants double quotes: "key"')
        if not rest:
            place = self.mark(opened)
            self.fail(f"the file ends before the {{ of line {place.line} is closed", "add the missing }")
        if rest == ",":
            self.fail("two commas follow each other", "delete one")
        self.fail("a key in double quotes is expected here", 'write "key": value')

    def string(self) -> Scalar:
        start = self.at
        try:
            value, self.at = scanstring(self.text, start + 1, True)
        except ValueError as error:
            self.bad_string(start, str(error))
        scalar = Scalar.of(value, value, self.mark(start))
        scalar.end = self.mark(self.at)
        return scalar

    def bad_string(self, start: int, said: str) -> NoReturn:
        if "escape" in said:
            escapes = _ESCAPE.finditer(self.text, start)
            match = next((m for m in escapes if m[1] is None), None)
            self.fail(
                "a backslash here starts no valid escape (a Windows path?)",
                "write two backslashes \\\\, or forward slashes",
                match.start() if match else start,
            )
        control = _CONTROL.search(self.text, start + 1) if "control" in said else None
        if control and control[0] == "\t":
            self.fail("a tab stands inside this string", "write \\t instead", control.start())
        if control and control[0] in "\r\n":
            self.fail(
                "this string is not closed on its line",
                'add the closing " (a line break inside a string is written \\n)',
                start,
            )
        if control:
            self.fail(
                f"the control character U+{ord(control[0]):04X} stands inside this string",
                "delete it (it may be invisible in your editor)",
                control.start(),
            )
        self.fail("this string is never closed", 'add the closing "', start)

    def other(self) -> Scalar:
        start = self.at
        number = _NUMBER.match(self.text, start)
        word = _BAREWORD.match(self.text, start)
        literal = word[0] if word else ""
        if number and number[0] == literal and len(literal) < _MAX_DIGITS:
            value: object = int(literal) if literal.lstrip("-").isdigit() else float(literal)
        elif literal in _WORDS:
            value = _WORDS[literal]
        else:
            self.no_value(literal, start)
        self.at += len(literal)
        scalar = Scalar.of(value, literal, self.mark(start))
        scalar.end = self.mark(self.at)
        return scalar

    def no_value(self, literal: str, start: int) -> NoReturn:
        character = self.text[start : start + 1]
        if character == "'":
            self.fail("this string is in single quotes", 'JSON wants double quotes: "value"')
        if not character:
            self.fail("the file ends where a value is expected", "complete the value and close the brackets")
        if literal.lower() in _WORDS or literal in {"True", "False", "None"}:
            self.fail("truth values and null are written in lower case", "write true, false or null")
        if character in ",}]":
            self.fail("a value is missing here", "write the value, or delete the key or comma before it")
        self.fail("this is not a JSON value", "put text in double quotes")

    def take(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False
