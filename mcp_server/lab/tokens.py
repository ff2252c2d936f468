"""Token counts of the laboratory: a documented rule instead of a tokenizer.

Four characters are one token, rounded up. Text counts as it is; anything else counts as its compact JSON.
The same rule gives the numbers of plain answers, of streams and of the count endpoints, so that they agree.
"""

from __future__ import annotations

import json
from typing import Any

CHARACTERS_PER_TOKEN = 4


def count(*parts: Any) -> int:
    """Tokens of all parts together: texts, or JSON values."""
    characters = sum(len(part if isinstance(part, str) else _compact(part)) for part in parts if part)
    return -(-characters // CHARACTERS_PER_TOKEN)


def pieces(text: str) -> list[str]:
    """``text`` cut into the pieces in which it is streamed, never in the middle of a word.

    Six at most; a long text is cut into pieces of twenty words.
    """
    words = text.split(" ")
    size = min(-(-len(words) // 6), 20)
    groups = [" ".join(words[start : start + size]) for start in range(0, len(words), size)]
    return [group if number == 0 else " " + group for number, group in enumerate(groups)]


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
