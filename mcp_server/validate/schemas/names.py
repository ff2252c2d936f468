"""Close names: stricter than ``errors.nearest``, because a wrong hint in a file is worse than none."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

#: Comparing a word with more names (a file's own, then) would take longer than reading the file.
MAX_COMPARED = 1_500


def close_name(word: str, valid: Iterable[str], cutoff: float = 0.76) -> str | None:
    """The valid name that ``word`` very likely means, or ``None``."""
    return _close(word[:120], _one(frozenset(valid)), cutoff)


@lru_cache(maxsize=16)
def _one(valid: frozenset[str]) -> frozenset[str]:
    """The first of equal sets: what is remembered of 500 words then holds their 5,000 names once."""
    return valid


@lru_cache(maxsize=512)
def _close(word: str, valid: frozenset[str], cutoff: float) -> str | None:
    from difflib import get_close_matches

    by_key = _by_key(valid)
    # camelCase and kebab-case are spellings of the same name
    plain = "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(word)).replace("-", "_")
    key = word.lower().replace("-", "_")
    for spelling in (plain, key):
        if spelling in by_key:
            return by_key[spelling]
    letters, names = _mask(key), _letters(valid)
    if len(names) > MAX_COMPARED:  # only those that begin alike
        place = bisect_left(names, (key, 0))
        names = names[max(place - 20, 0) : place + 20]
    likely = [name for name, others in names if _may_reach(cutoff, key, letters, name, others)]
    found = get_close_matches(key, likely, n=1, cutoff=cutoff)
    return by_key[found[0]] if found else None


def _may_reach(cutoff: float, one: str, letters: int, other: str, others: int) -> bool:
    """A bound that costs next to nothing: every letter that the other word lacks is at least one difference."""
    common = min(len(one) - (letters & ~others).bit_count(), len(other) - (others & ~letters).bit_count())
    return 2 * common >= cutoff * (len(one) + len(other))


def _mask(word: str) -> int:
    mask = 0
    for character in word:
        mask |= 1 << (ord(character) & 63)
    return mask


@lru_cache(maxsize=64)
def _letters(valid: frozenset[str]) -> list[tuple[str, int]]:
    return sorted((name, _mask(name)) for name in _by_key(valid))


@lru_cache(maxsize=64)
def _by_key(valid: frozenset[str]) -> dict[str, str]:
    return {name.lower().replace("-", "_"): name for name in sorted(valid)}


def evident(word: str, name: str) -> bool:
    """Whether ``word`` can only be a slip for ``name``: another spelling of it, or one letter or two in ten wrong."""
    from difflib import SequenceMatcher

    if re.findall(r"\d+", word) != re.findall(r"\d+", name):
        return False
    one, other = (re.sub(r"[-_ ]", "", text[:120]).lower() for text in (word, name))
    return one == other or SequenceMatcher(None, word[:120].lower(), name.lower()).ratio() >= 0.9
