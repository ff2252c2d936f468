"""Text of an nginx file: every word is quoted where it must be, so that no value can become a directive."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PLAIN = re.compile(r"[\w$./:@=^~*%+,\[\]-]+")


@dataclass(frozen=True)
class Line:
    """A directive, a block (``inside`` is not ``None``) or, without words, a comment."""

    words: tuple[str, ...] = ()
    inside: tuple[Line, ...] | None = None
    comment: str = ""


def line(*words: str) -> Line:
    """A simple directive."""
    return Line(words)


def block(words: tuple[str, ...], *inside: Line) -> Line:
    """A directive with a block."""
    return Line(words, inside)


def note(text: str) -> Line:
    """A comment on a line of its own."""
    return Line(comment=" ".join(text.split()))


def nginx_text(lines: Iterable[Line], depth: int = 0) -> str:
    """The lines, indented by four blanks a level."""
    found, indent = "", "    " * depth
    for entry in lines:
        if not entry.words:
            found += f"{indent}# {entry.comment}\n"
        elif entry.inside is None:
            found += f"{indent}{' '.join(map(_quoted, entry.words))};\n"
        else:
            # The condition of an if is syntax, not a value; it never comes from outside.
            words = entry.words if entry.words[0] == "if" else tuple(map(_quoted, entry.words))
            found += f"{indent}{' '.join(words)} {{\n{nginx_text(entry.inside, depth + 1)}{indent}}}\n"
    return found


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    if "'" not in word and "\\" not in word:
        return f"'{word}'"
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
