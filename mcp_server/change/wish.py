"""What is to be changed in one configuration file, as values at key paths (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Put:
    """``value`` (as JSON has them) at ``path``; mappings on the way are made where they are missing."""

    path: KeyPath
    value: Any = field(repr=False)


@dataclass(frozen=True)
class Remove:
    """Nothing at ``path``; the mapping around it stays, even when it is empty then."""

    path: KeyPath


Wish = Put | Remove


def wishes_of(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[Put]:
    """A file's content as wishes: one for each value that is no mapping. Lists are values: they are put whole."""
    for key, value in data.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and value:
            yield from wishes_of(value, here)
        else:
            yield Put(here, value)


def wished(before: Any, wishes: Iterable[Wish]) -> Any:
    """The plain data that a file must hold after ``wishes``, from what it holds ``before`` (which stays unchanged).

    Raises:
        UsageError: a path leads through something that is no mapping.
    """
    result = {} if before is None else before
    for wish in wishes:
        result = _with(result, wish, 0)
    return result


def _with(data: Any, wish: Wish, depth: int) -> Any:
    if not isinstance(data, Mapping):
        raise UsageError(
            f"{shown(wish.path[:depth]) or 'the file'} holds no mapping, so {shown(wish.path)} cannot be set in it.",
            "Correct the file first: llm-gateway validate FILE",
        )
    key = wish.path[depth]
    if depth + 1 == len(wish.path):
        rest = {k: v for k, v in data.items() if k != key}
        if isinstance(wish, Remove):
            return rest
        return {**data, key: wish.value}
    if isinstance(wish, Remove) and data.get(key) is None:
        return data
    inner = data.get(key)
    return {**data, key: _with({} if inner is None else inner, wish, depth + 1)}


def shown(path: KeyPath) -> str:
    """A path for people: ``env.ANTHROPIC_BASE_URL``."""
    return quote(".".join(path), 200)


def key_path(text: str) -> KeyPath:
    """``env.NAME`` → ``("env", "NAME")``; a dot inside a key is written ``\\.``.

    Raises:
        UsageError: a part is empty.
    """
    parts = tuple(part.replace("\0", ".") for part in text.replace("\\.", "\0").split("."))
    if not all(part.strip() for part in parts):
        raise UsageError(
            f"{quote(text, 80)!r} is no key path.",
            "Write the keys from the top, joined by dots, for example env.ANTHROPIC_BASE_URL.",
        )
    return parts


def setting(text: str) -> Put:
    """A ``KEY=VALUE`` of the command line. The value is JSON where it reads as JSON, else text; below ``env`` it is
    always text, since Claude Code wants strings there.

    Raises:
        UsageError: there is no ``=``, or the key is no path.
    """
    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(f"{quote(text, 80)!r} holds no =.", "Write --set KEY=VALUE, for example env.ANTHROPIC_MODEL=…")
    path = key_path(key.strip())
    if path[0] == "env":
        return Put(path, value)
    try:
        return Put(path, json.loads(value))
    except (ValueError, RecursionError):
        return Put(path, value)


def unknown_key(path: KeyPath, known: Iterable[str]) -> str:
    """The known top-level key that was probably meant, or nothing."""
    names = tuple(known)
    return "" if path[0] in names else nearest(path[0], names) or ""
