"""How two configurations differ in what they say, whatever their order, comments and quotes (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: What names the entries of a list, so that a moved entry is no difference.
_NAMES = ("model_name", "name", "id")


@dataclass(frozen=True)
class Difference:
    """One key path whose value differs; ``left`` or ``right`` is ``None`` where there is none."""

    path: str
    kind: Literal["added", "removed", "changed"]
    left: Any = field(default=None, repr=False)
    right: Any = field(default=None, repr=False)


def compare(left: Any, right: Any, path: str = "") -> Iterator[Difference]:
    """The differences in the order of ``left``, then what only ``right`` has."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in [*left, *(k for k in right if k not in left)]:
            here = f"{path}.{key}" if path else str(key)
            if key not in right:
                yield Difference(here, "removed", left[key])
            elif key not in left:
                yield Difference(here, "added", right=right[key])
            else:
                yield from compare(left[key], right[key], here)
    elif isinstance(left, list) and isinstance(right, list):
        yield from _lists(left, right, path)
    elif left != right or type(left) is not type(right):
        yield Difference(path, "changed", left, right)


def _lists(left: list[Any], right: list[Any], path: str) -> Iterator[Difference]:
    by_left, by_right = _named(left), _named(right)
    if by_left is not None and by_right is not None:
        yield from compare(by_left, by_right, path)
        return
    for number in range(max(len(left), len(right))):
        here = f"{path}[{number}]"
        if number >= len(right):
            yield Difference(here, "removed", left[number])
        elif number >= len(left):
            yield Difference(here, "added", right=right[number])
        else:
            yield from compare(left[number], right[number], here)


def _named(items: list[Any]) -> dict[str, Any] | None:
    """The entries by name, ``None`` when they have none; the second of one name gets a number."""
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    key = next((k for k in _NAMES if all(isinstance(item.get(k), str) for item in items)), None)
    if key is None:
        return None
    found: dict[str, Any] = {}
    for item in items:
        name, number = item[key], 2
        while name in found:
            name, number = f"{item[key]}#{number}", number + 1
        found[name] = item
    return found
