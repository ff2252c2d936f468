"""YAML text to nodes, from the event stream of PyYAML's C parser: iterative, so depth is ours to limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mcp_server.document.document import MAX_DEPTH, MAX_EXPANDED_NODES, MAX_NODES, SyntaxProblem
from mcp_server.document.lines import Lines
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence
from mcp_server.document.yaml_errors import explained, unprintable
from mcp_server.document.yaml_values import MAX_NUMBER, SAFE_TAGS, tag_of

#: Nobody reads more of them, and one cause has many.
MAX_PROBLEMS = 200
_RARE_BREAKS = re.compile("[\x85\u2028\u2029]")

#: Readers that take the value and ignore a tag they do not know (measured).
TAGS_IGNORED = ("claude gateway",)


class _Stop(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, problem: str, fix: str, mark: Mark) -> None:
        self.problem = SyntaxProblem(problem, fix, mark)


def read_yaml(text: str, reader: str = "LiteLLM", *, documents: bool = False) -> tuple[list[Node], list[SyntaxProblem]]:
    """The root of every document (none: empty or unreadable) and what is wrong."""
    import yaml

    composer = _Composer(reader, documents, _places(text))
    try:
        composer.run(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except _Stop as stop:
        return [], [*composer.problems, stop.problem]
    except yaml.MarkedYAMLError as error:
        return [], [*composer.problems, explained(error, text, composer.place, reader)]
    except yaml.reader.ReaderError as error:
        return [], [unprintable(error, text)]
    except RecursionError:
        return [], [*composer.problems, _too_deep(Mark(1, 1)).problem]
    return composer.roots, composer.problems


class _Open:
    """A collection under construction."""

    __slots__ = ("anchor", "key", "node", "size")

    def __init__(self, node: Node, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: Node | None = None
        self.size = 1


class _Composer:
    def __init__(self, reader: str, documents: bool, place: Callable[[Any], Mark]) -> None:
        self.reader = reader
        self.place = place
        self.many = documents
        self.roots: list[Node] = []
        self.problems: list[SyntaxProblem] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: list[_Open] = []
        self._documents = 0
        self._nodes = 0

    def run(self, events: Any) -> None:
        import yaml

        scalar, alias = yaml.ScalarEvent, yaml.AliasEvent
        starts = {yaml.MappingStartEvent: Mapping, yaml.SequenceStartEvent: Sequence}
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        for event in events:
            kind = type(event)
            if kind is scalar:
                self._scalar(event)
            elif kind in starts:
                node = starts[kind](self.place(event.start_mark))
                self._tag(event, node)
                if len(self._open) >= MAX_DEPTH:
                    raise _too_deep(node.mark)
                self._open.append(_Open(node, event.anchor))
            elif kind in ends:
                frame = self._open.pop()
                frame.node.end = self.place(event.start_mark)
                if frame.anchor is not None:
                    self._anchors[frame.anchor] = (frame.node, frame.size)
                self._add(frame.node, frame.size)
            elif kind is alias:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self._documents += 1
                self._anchors.clear()
                if self._documents == 2 and not self.many:
                    raise _Stop(
                        f"a second document starts here, and {self.reader} reads files with exactly one",
                        "remove the line '---' and merge the parts, or split them into two files",
                        self.place(event.start_mark),
                    )

    def _scalar(self, event: Any) -> None:
        plain, quoted = event.implicit
        node = Scalar(
            event.value, self.place(event.start_mark), plain=plain, tag=None if plain or quoted else event.tag
        )
        node.end = self.place(event.end_mark)
        if node.tag is not None:
            self._tag(event, node)
        elif plain and len(event.value) > MAX_NUMBER and tag_of(event.value).endswith((":int", ":float")):
            self._report(
                SyntaxProblem(
                    f"a number of {len(event.value):,} characters stands here, which no program reads",
                    "put it in quotes if it is text",
                    node.mark,
                )
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        self._add(node, 1)

    def _tag(self, event: Any, node: Node) -> None:
        if event.tag is None or event.tag in SAFE_TAGS or event.tag == "!" or self.reader in TAGS_IGNORED:
            return
        self._report(
            SyntaxProblem(
                f"the tag {_short_tag(event.tag)} is not known to {self.reader}, which refuses the whole file",
                "write the plain value"
                + ("; for an environment variable write os.environ/NAME" if self.reader == "LiteLLM" else ""),
                node.mark,
            )
        )

    def _report(self, problem: SyntaxProblem) -> None:
        self.problems.append(problem)
        if len(self.problems) == MAX_PROBLEMS:
            raise _Stop(f"there are more than {MAX_PROBLEMS} such places", "repair the listed ones first", problem.mark)

    def _alias(self, event: Any) -> None:
        mark = self.place(event.start_mark)
        if event.anchor not in self._anchors:
            if any(frame.anchor == event.anchor for frame in self._open):
                raise _Stop(
                    f"the alias *{event.anchor} stands inside the value it repeats, so it never ends",
                    "write the value out, or move the anchor to a value outside",
                    mark,
                )
            raise _Stop(
                f"the alias *{event.anchor} has no anchor &{event.anchor} before it",
                "if a * was meant literally (a wildcard such as claude-*), put the value in quotes; "
                f"otherwise define &{event.anchor} above this line",
                mark,
            )
        node, size = self._anchors[event.anchor]
        self._add(node, size)

    def _add(self, node: Node, size: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _Stop(f"the file holds more than {MAX_NODES:,} values", "split it with include:", node.mark)
        if not self._open:
            self.roots.append(node)
            return
        frame = self._open[-1]
        frame.size += size
        if frame.size > MAX_EXPANDED_NODES:
            raise _Stop(
                f"aliases in this value expand to more than {MAX_EXPANDED_NODES:,} values; "
                "the program that reads it would run out of memory",
                "write the values out, or repeat fewer aliases inside each other",
                frame.node.mark,
            )
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
        elif isinstance(frame.node, Mapping):
            if frame.key is None:
                frame.key = node
            else:
                self._entry(frame.node, frame.key, node)
                frame.key = None

    def _entry(self, mapping: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            self._report(
                SyntaxProblem(
                    f"{key.kind} is used as a key here; keys must be plain names",
                    "put the value in quotes if it was meant as text; braces after a colon are YAML, not a template",
                    key.mark,
                )
            )
            return
        if key.plain and key.text == "<<":
            sources = value.items if isinstance(value, Sequence) else [value]
            for source in sources:
                if isinstance(source, Mapping):
                    mapping.merged.append(source)
                else:
                    self._report(
                        SyntaxProblem(
                            f"the merge key << needs a mapping, this is {source.kind}",
                            "write <<: *NAME where &NAME stands at a mapping",
                            source.mark,
                        )
                    )
            return
        mapping.entries.append(Entry(key.text, key, value))


def _places(text: str) -> Callable[[Any], Mark]:
    """From the parser's places to those of editors: the parser ends lines at U+0085, U+2028 and U+2029 too."""
    if not _RARE_BREAKS.search(text):
        return lambda mark: Mark(mark.line + 1, mark.column + 1)
    lines = Lines(text)
    return lambda mark: lines.mark(mark.index)


def _too_deep(mark: Mark) -> _Stop:
    return _Stop(
        f"values are nested more than {MAX_DEPTH} levels deep here",
        "no configuration needs that: look for an unclosed bracket or a generated file gone wrong",
        mark,
    )


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
