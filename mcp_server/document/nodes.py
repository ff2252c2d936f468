"""The tree that rules read: every key and value with its place (one-based line and column).

``Scalar``, ``Sequence`` and ``Mapping`` come from YAML and JSON alike. A mapping keeps what was written
(``entries``: duplicates, merge keys) beside what the program sees (``get``, ``items``: last duplicate wins,
merged keys fill in). Aliased nodes are shared, never copied, so an alias bomb costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """One-based place in the text."""

    line: int
    column: int


class Node:
    """One value of the document."""

    __slots__ = ("end", "mark")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.end = mark

    @property
    def kind(self) -> str:
        """What a person calls it: a mapping, a list, text, a number, …"""
        raise NotImplementedError


class Scalar(Node):
    """``text`` as written (without quotes), ``value`` as the program understands it (resolved on demand)."""

    __slots__ = ("_value", "plain", "tag", "text")
    _UNRESOLVED = object()

    def __init__(self, text: str, mark: Mark, *, plain: bool = True, tag: str | None = None) -> None:
        super().__init__(mark)
        self.text = text
        self.plain = plain
        self.tag = tag
        self._value: Any = Scalar._UNRESOLVED

    @classmethod
    def of(cls, value: object, text: str, mark: Mark) -> Scalar:
        """A scalar whose value is known already (JSON)."""
        scalar = cls(text, mark, plain=not isinstance(value, str))
        scalar._value = value
        return scalar

    @property
    def value(self) -> Any:
        if self._value is Scalar._UNRESOLVED:
            from mcp_server.document.yaml_values import resolve

            self._value = resolve(self)
        return self._value

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    @property
    def is_null(self) -> bool:
        return self.value is None

    @property
    def kind(self) -> str:
        value = self.value
        if value is None:
            return "empty"
        if isinstance(value, bool):
            return f"the truth value {'true' if value else 'false'}"
        if isinstance(value, (int, float)):
            return "a number"
        return "text" if isinstance(value, str) else "a date"


class Sequence(Node):
    __slots__ = ("items",)

    def __init__(self, mark: Mark) -> None:
        super().__init__(mark)
        self.items: list[Node] = []

    @property
    def kind(self) -> str:
        return "a list"


class Entry(NamedTuple):
    """One ``key: value`` as written. ``name`` is the key's text (``repr`` of its place for a complex key)."""

    name: str
    key: Node
    value: Node


class Mapping(Node):
    __slots__ = ("_seen", "entries", "merged")

    def __init__(self, mark: Mark) -> None:
        super().__init__(mark)
        self.entries: list[Entry] = []
        self.merged: list[Mapping] = []
        self._seen: dict[str, Entry] | None = None

    @property
    def kind(self) -> str:
        return "a mapping"

    @property
    def effective(self) -> dict[str, Entry]:
        """What the program sees, by key."""
        if self._seen is None:
            seen: dict[str, Entry] = {}
            self._seen = seen  # set first: a merge cycle then ends here
            for source in reversed(self.merged):
                seen.update(source.effective)
            for entry in self.entries:
                seen[entry.name] = entry
        return self._seen

    def entry(self, name: str) -> Entry | None:
        return (self._seen or self.effective).get(name)

    def get(self, name: str) -> Node | None:
        # asked for millions of times in a large file: the property is left out once it has been computed
        entry = (self._seen or self.effective).get(name)
        return None if entry is None else entry.value

    def __contains__(self, name: str) -> bool:
        return name in (self._seen or self.effective)

    def __iter__(self) -> Iterator[Entry]:
        return iter((self._seen or self.effective).values())

    def __len__(self) -> int:
        return len(self._seen or self.effective)


def scalar(node: Node | None) -> Any:
    """The value of a scalar node, ``None`` for anything else."""
    return node.value if isinstance(node, Scalar) else None


def text(node: Node | None) -> str | None:
    """The string value of a node, ``None`` when it is not a string."""
    value = scalar(node)
    return value if isinstance(value, str) else None


def at(node: Node | None) -> Mark | None:
    """The place of a node that may be absent."""
    return None if node is None else node.mark


def is_empty(node: Node | None) -> bool:
    """True for an absent key and for an explicit null."""
    return node is None or (isinstance(node, Scalar) and node.is_null)


def is_nothing(node: Node) -> bool:
    """True for what a program takes for not set when it only asks ``if value``: null, false, 0, empty text, empty list
    or mapping."""
    if isinstance(node, Scalar):
        return not node.value
    return not node.items if isinstance(node, Sequence) else not len(node) if isinstance(node, Mapping) else False


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node once, with its dotted path (``model_list[0].litellm_params.model``). Iterative and cycle-safe."""
    visited: set[int] = set()
    stack: list[tuple[str, Node]] = [(path, node)]
    while stack:
        here, current = stack.pop()
        if id(current) in visited:
            continue
        visited.add(id(current))
        yield here, current
        if isinstance(current, Mapping):
            stack.extend((join(here, e.name), e.value) for e in reversed(list(current)))
        elif isinstance(current, Sequence):
            stack.extend((f"{here}[{i}]", item) for i, item in reversed(list(enumerate(current.items))))


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
