"""The variables that a running gateway takes from outside: by name here, never by value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One variable of the gateway's environment."""

    name: str
    what: str
    """What it is and where it comes from, as words for a comment."""
    required: bool = True
    """Without it the gateway cannot work. The others are handed on when they are set."""
    file: str = ""
    """File name in a container when the variable names a file; the file is mounted, the variable points to it."""
    example: str = ""
    """The form of the value, with words in place of anything secret."""
