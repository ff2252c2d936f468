"""YAML text to nodes, from the event stream of PyYAML's C parser: iterative, so depth is ours to limit."""

from __future__ import annotations

import re
from typing import Any

from mcp_server.validate.document import MAX_DEPTH, MAX_EXPANDED_NODES, MAX_NODES, SyntaxProblem
from mcp_server.validate.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence
from mcp_server.validate.yaml_values import SAFE_TAGS


class _Stop(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, problem: str, fix: str, mark: Mark) -> None:
        self.problem = SyntaxProblem(problem, fix, mark)


def read_yaml(text: str, reader: str = "LiteLLM", *, documents: bool = False) -> tuple[list[Node], list[SyntaxProblem]]:
    """The root of every document (none: empty or unreadable) and what is wrong."""
    import yaml

    composer = _Composer(reader, documents)
    try:
        composer.run(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except _Stop as stop:
        return [], [*composer.problems, stop.problem]
    except yaml.MarkedYAMLError as error:
        return [], [*composer.problems, _explained(error, text)]
    except yaml.reader.ReaderError as error:
        return [], [_unprintable(error, text)]
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
    def __init__(self, reader: str, documents: bool) -> None:
        self.reader = reader
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
                node = starts[kind](_mark(event))
                self._tag(event, node)
                if len(self._open) >= MAX_DEPTH:
                    raise _too_deep(node.mark)
                self._open.append(_Open(node, event.anchor))
            elif kind in ends:
                frame = self._open.pop()
                frame.node.end = _mark(event)
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
                        _mark(event),
                    )

    def _scalar(self, event: Any) -> None:
        plain, quoted = event.implicit
        node = Scalar(event.value, _mark(event), plain=plain, tag=None if plain or quoted else event.tag)
        node.end = Mark(event.end_mark.line + 1, event.end_mark.column + 1)
        if node.tag is not None:
            self._tag(event, node)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        self._add(node, 1)

    def _tag(self, event: Any, node: Node) -> None:
        if event.tag is None or event.tag in SAFE_TAGS or event.tag == "!":
            return
        self.problems.append(
            SyntaxProblem(
                f"the tag {_short_tag(event.tag)} is not known to {self.reader}, which refuses the whole file",
                "write the plain value"
                + ("; for an environment variable write os.environ/NAME" if self.reader == "LiteLLM" else ""),
                node.mark,
            )
        )

    def _alias(self, event: Any) -> None:
        mark = _mark(event)
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
            self.problems.append(
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
                    self.problems.append(
                        SyntaxProblem(
                            f"the merge key << needs a mapping, this is {source.kind}",
                            "write <<: *NAME where &NAME stands at a mapping",
                            source.mark,
                        )
                    )
            return
        mapping.entries.append(Entry(key.text, key, value))


def _mark(event: Any) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1)


def _too_deep(mark: Mark) -> _Stop:
    return _Stop(
        f"values are nested more than {MAX_DEPTH} levels deep here",
        "no configuration needs that: look for an unclosed bracket or a generated file gone wrong",
        mark,
    )


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


_TEMPLATE = (
    "a value is expected here and something else stands there (often a template that was not rendered)",
    "render Helm or Jinja templates first and give the result; put values with {{ }} in quotes",
)
#: libyaml's words, what they usually mean, and what to do. First match wins; the line decides some of them.
_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        r"character.*'\\t'|found a tab|token",
        "a tab or an illegal character stands where a value or indentation must start",
        "indent with spaces, never tabs; put values that start with @, `, %, or * in quotes",
    ),
    (
        r"mapping values are not allowed",
        "a second ': ' stands in this value, so YAML reads a new key inside it",
        "put the value in quotes",
    ),
    (
        r"scanning a quoted scalar|unexpected end of stream",
        "a quote is opened and never closed",
        "close the quote on the same line",
    ),
    (
        r"alphabetic or numeric character",
        "a bare * or & starts an alias or anchor name, and none follows",
        'put wildcards in quotes: model_name: "*"',
    ),
    (
        r"expected <block end>|expected block end",
        "this line is indented differently from its neighbours, or does not fit the key above it",
        "give all keys (or all '-' items) of one block the same indentation",
    ),
    (
        r"did not find expected ',' or|expected ',' or",
        "an item in [ ] or { } is not closed or not separated",
        "add the missing , ] or }; put values with { } [ ] or , in quotes "
        "(in a LiteLLM file use os.environ/NAME, not ${NAME})",
    ),
    (
        r"could not find expected ':'",
        "this line is neither a key with a colon nor part of the value above",
        "write key: value, or indent the line so that it belongs to the block above",
    ),
    (r"node content", *_TEMPLATE),
    (
        r"nesting depth",
        "values are nested more than 1,000 levels deep here",
        "no configuration needs that: look for an unclosed bracket or a generated file gone wrong",
    ),
    (
        r"unknown escape",
        "a backslash in double quotes starts an escape, and this one does not exist (a Windows path?)",
        "use single quotes, or write the backslash twice",
    ),
    (
        r"document start|expected.*document",
        "something stands after the end of the document",
        "check the indentation of this line, and --- in the middle of the file",
    ),
)


def _explained(error: Any, text: str) -> SyntaxProblem:
    place = error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place is not None else Mark(1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    source = text.splitlines()
    line = source[mark.line - 1] if mark.line <= len(source) else ""
    if "{{" in line or "{%" in line:
        meaning, fix = _TEMPLATE
    elif re.match(r"\s*[\w.]+\s*=\s*\S", line):
        meaning, fix = "this line is written as key=value, which is not YAML", "write key: value"
    else:
        meaning, fix = next(
            ((m, f) for pattern, m, f in _EXPLANATIONS if re.search(pattern, said)),
            ("this is not valid YAML", "check indentation, quotes and brackets of this line and the one above"),
        )
    if "\t" in line[: len(line) - len(line.lstrip())] or (mark.column <= len(line) and line[mark.column - 1] == "\t"):
        meaning, fix = "a tab stands here; YAML allows only spaces in indentation", "replace tabs by spaces"
    return SyntaxProblem(f"{meaning} (parser: {said})", fix, mark)


def _unprintable(error: Any, text: str) -> SyntaxProblem:
    position = max(int(error.position), 0)
    index = len(text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "ignore"))
    before = text[:index]
    mark = Mark(before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)
    character = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
    return SyntaxProblem(
        f"the control character U+{character:04X} stands here, which YAML forbids",
        "delete the character (it may be invisible in your editor)",
        mark,
    )
