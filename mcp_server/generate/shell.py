"""Shell lines that mean exactly the value given, whatever it contains."""

from __future__ import annotations

import shlex


def export(name: str, value: str) -> str:
    """``export NAME=value``."""
    return f"export {name}={shlex.quote(value)}"


def double_quoted(path: str) -> str:
    """A path of our own that begins with ``$HOME``, quoted so that only the variable is expanded."""
    return f'"{path}"'
