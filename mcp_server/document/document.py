"""Reads one configuration text into a tree with places. Bounded: depth, size and expansion have limits,
nothing in the file is executed or fetched, and what is wrong becomes a ``SyntaxProblem``, never an exception.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from mcp_server.document.lines import Lines
from mcp_server.document.nodes import Mark, Node, walk

if TYPE_CHECKING:
    from mcp_server.document.edit import Change

Language = Literal["yaml", "json", "jsonc", "env"]
#: Deeper than any real configuration; PyYAML and JSON parsers of the real programs give up near 1,000.
MAX_DEPTH = 200
#: Nodes after aliases are expanded: beyond this the real program would run out of memory.
MAX_EXPANDED_NODES = 5_000_000
#: Nodes as written: some 10,000 deployments; about a second of work.
MAX_NODES = 200_000
#: Each line takes a hundred bytes of memory; 10,000 deployments have some 100,000.
MAX_LINES = 1_000_000

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


@dataclass(frozen=True)
class SyntaxProblem:
    """Why the text cannot be read as the program reads it. ``fatal`` ones end the reading."""

    problem: str
    fix: str
    mark: Mark
    fatal: bool = True
    change: Change | None = None


@dataclass
class Document:
    """One file: its text, language, tree (``None`` when unreadable) and what is wrong with its syntax."""

    language: Language
    text: str
    name: str | None = None
    bom: bytes = b""
    """The byte order mark that stood before the text; it tells the encoding."""
    roots: list[Node] = field(default_factory=list)
    """The tree of every document of the file; one, unless the kind allows several; none when unreadable."""
    syntax: list[SyntaxProblem] = field(default_factory=list)
    views: dict[str, object] = field(default_factory=dict)
    """Interpretations shared by the rules (``validate/kinds/``), built once."""
    _lines: list[str] | None = None
    _nodes: list[tuple[str, Node]] | None = None

    @property
    def root(self) -> Node | None:
        return self.roots[0] if self.roots else None

    @property
    def readable(self) -> bool:
        return self.root is not None and not any(p.fatal for p in self.syntax)

    @property
    def nodes(self) -> list[tuple[str, Node]]:
        """Every value once with its dotted path, in file order."""
        if self._nodes is None:
            self._nodes = [pair for root in self.roots for pair in walk(root)]
        return self._nodes

    @property
    def lines(self) -> list[str]:
        """The text's lines without line ends, split as editors do: at CRLF, LF and CR, and nowhere else."""
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines

    @cached_property
    def places(self) -> Lines:
        """From places to indexes of the text and back."""
        return Lines(self.text)

    @property
    def data(self) -> bytes:
        """The file's bytes: text and byte order mark in its own encoding."""
        return self.bom + self.text.encode(_codec(self.bom))

    def line(self, number: int) -> str:
        """One-based; empty for a line that does not exist."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""


def parse(
    data: bytes | str,
    language: Language,
    name: str | None = None,
    *,
    reader: str = "LiteLLM",
    documents: bool = False,
) -> Document:
    """The document of ``data``. Never raises for what the file contains.

    ``reader`` names the program that will read the file, in messages; ``documents`` allows several YAML documents.
    """
    text, problems = decode(data) if isinstance(data, bytes) else _checked(data)
    document = Document(language, text, name, byte_order_mark(data), syntax=problems)
    if any(p.fatal for p in problems):
        return document
    number = text.count("\n") + text.count("\r")
    if number > MAX_LINES:
        said = f"the file has {number:,} lines, and files of up to {MAX_LINES:,} lines are read"
        document.text, document.syntax = "", [SyntaxProblem(said, "check that it is the right file", Mark(1, 1))]
        return document
    if language in ("json", "jsonc"):
        from mcp_server.document.json_reader import read_json

        root, found = read_json(text, comments=language == "jsonc")
        document.roots = [] if root is None else [root]
    elif language == "env":
        from mcp_server.document.env_reader import read_env

        root, found = read_env(text)
        document.roots = [] if root is None else [root]
    else:
        from mcp_server.document.yaml_reader import read_yaml

        document.roots, found = read_yaml(text, reader, documents=documents)
    if any(p.fatal for p in found):
        from mcp_server.document.repair import repair

        found = [replace(p, change=repair(document, p, reader)) if p.fatal else p for p in found]
    document.syntax += found
    return document


def _checked(text: str) -> tuple[str, list[SyntaxProblem]]:
    """Text that came as text: without byte order mark, refused when it holds half a character."""
    half = _SURROGATE.search(text)
    if half is None:
        return text.removeprefix("\ufeff"), []
    place = Lines(text).mark(half.start())
    return _SURROGATE.sub("\ufffd", text), [_refuse("half of a UTF-16 character stands here", place)]


def byte_order_mark(data: bytes | str) -> bytes:
    """The mark that ``data`` begins with, empty for text and for bytes without one."""
    return next((bom for bom, _, _ in _BOMS if data.startswith(bom)), b"") if isinstance(data, bytes) else b""


def _codec(mark: bytes) -> str:
    return next((codec for bom, codec, _ in _BOMS if bom == mark), "utf-8")


def decode(data: bytes) -> tuple[str, list[SyntaxProblem]]:
    """Text of ``data``. UTF-8 with or without mark is right; UTF-16 is read but reported; the rest is refused."""
    for bom, codec, title in _BOMS:
        if data.startswith(bom):
            if codec == "utf-8":
                data = data[len(bom) :]
                break
            try:
                text = data[len(bom) :].decode(codec)
            except UnicodeDecodeError:
                return "", [_refuse(f"the file starts like {title} text but is not", Mark(1, 1))]
            problem = SyntaxProblem(
                f"the file is {title} text, and the program that reads it expects UTF-8",
                f"save the file as UTF-8, e.g.: iconv -f {title} -t UTF-8 FILE > FILE.utf8",
                Mark(1, 1),
                fatal=False,
            )
            return text, [problem]
    if b"\0" in data[:8192]:
        return "", [_refuse("the file is binary: it contains NUL bytes", Mark(1, 1))]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = Lines(before).mark(len(before))
        # the text is shown around the place, and never used
        shown = data.decode("utf-8", "replace")
        return shown, [_refuse(f"the byte 0x{data[error.start]:02x} here is not valid UTF-8", place)]


def _refuse(problem: str, mark: Mark) -> SyntaxProblem:
    return SyntaxProblem(problem, "save the file as UTF-8 text in your editor", mark)
