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

    key = word.lower().replace("-", "_")
    by_key = {name.lower().replace("-", "_"): name for name in valid}
    # A word cut short ("proxy" for "proxy_url") is meant more often than one with two letters wrong ("no_proxy").
    longer = sorted((name for name in by_key if len(key) > 2 and name.startswith(key)), key=len)
    close = longer or get_close_matches(key, list(by_key), n=1, cutoff=0.5)
    return by_key[close[0]] if close else None
