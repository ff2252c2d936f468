"""Close names: stricter than ``errors.nearest``, because a wrong hint in a file is worse than none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def close_name(word: str, valid: Iterable[str], cutoff: float = 0.76) -> str | None:
    """The valid name that ``word`` very likely means, or ``None``."""
    return _close(word[:120], frozenset(valid), cutoff)


@lru_cache(maxsize=512)
def _close(word: str, valid: frozenset[str], cutoff: float) -> str | None:
    from difflib import get_close_matches

    # camelCase and kebab-case are spellings of the same name
    plain = "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(word)).replace("-", "_")
    by_key = {name.lower().replace("-", "_"): name for name in sorted(valid)}
    for spelling in (plain, word.lower().replace("-", "_")):
        if spelling in by_key:
            return by_key[spelling]
    found = get_close_matches(word.lower().replace("-", "_"), list(by_key), n=1, cutoff=cutoff)
    return by_key[found[0]] if found else None
