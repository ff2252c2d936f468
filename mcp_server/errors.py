"""Errors that a person can act on.

GatewayError            what is wrong, where, what to do; surfaces print it without a traceback
└── UsageError          the caller's arguments; the CLI exits with 2
"""

from __future__ import annotations


class GatewayError(Exception):
    """A failure explained in one sentence, with its remedy. Raised by the core, shown by the surfaces."""

    def __init__(self, problem: str, fix: str) -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem} {fix}")


class UsageError(GatewayError):
    """The request itself is wrong (unknown name, contradiction, missing value)."""


def nearest(word: str, valid: list[str] | tuple[str, ...]) -> str | None:
    """The valid name closest to ``word``, or ``None`` when nothing is close."""
    from difflib import get_close_matches

    by_key = {name.lower().replace("-", "_"): name for name in valid}
    close = get_close_matches(word.lower().replace("-", "_"), list(by_key), n=1, cutoff=0.5)
    return by_key[close[0]] if close else None
