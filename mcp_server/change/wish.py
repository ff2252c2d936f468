"""What is to be changed in one configuration file, as values at key paths (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.errors import UsageError
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
    text = _text(text, ("the key",))
    parts = tuple(part.replace("\0", ".") for part in text.replace("\\.", "\0").split("."))
    if not all(part.strip() for part in parts):
        raise UsageError(
            f"{quote(text, 80)!r} is no key path.",
            "Write the keys from the top, joined by dots, for example env.ANTHROPIC_BASE_URL.",
        )
    return parts


def _text(text: str, path: KeyPath) -> str:
    """The text that was typed, also where the locale knows no UTF-8 and Python kept its bytes aside."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError as error:
        raise UsageError(
            f"the value of {shown(path)} holds bytes that are no UTF-8 text.", "Settings files hold UTF-8 text only."
        ) from error


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
    value = _text(value, path)
    if path[0] == "env" and len(path) > 1:
        return Put(path, value)
    try:
        return Put(path, json.loads(value, parse_constant=_no_json))
    except (ValueError, RecursionError):
        return Put(path, value)


def _no_json(word: str) -> Any:
    """NaN and Infinity, which Python reads and writes, and nobody else does."""
    raise ValueError(word)


def refuse_contradictions(wishes: Iterable[Wish]) -> None:
    """Raises:
    UsageError: two wishes are about the same place, or one is about a place inside the other's.
    """
    seen: list[Wish] = []
    for wish in wishes:
        for other in seen:
            short = min(len(wish.path), len(other.path))
            if wish != other and wish.path[:short] == other.path[:short]:
                both = f"{shown(other.path)} and {shown(wish.path)}" if wish.path != other.path else shown(wish.path)
                raise UsageError(f"two settings contradict each other: {both}.", "Give one of them.")
        seen.append(wish)
