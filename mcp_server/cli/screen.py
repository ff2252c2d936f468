"""Standard output: its width, its colours, and text and data written to it."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def prepare() -> None:
    """Characters that the encoding of the terminal lacks are written as escapes instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def colour() -> bool:
    """Whether a person sees colours: on a terminal, unless NO_COLOR is set or the terminal has none."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to fill; a very wide terminal is not easier to read."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def write(text: str) -> None:
    sys.stdout.write(text)


def write_json(data: Any, *, ascii_only: bool = False) -> None:
    """``ascii_only`` for files that other programs read: right in whatever encoding the output has."""
    json.dump(data, sys.stdout, ensure_ascii=ascii_only, indent=2)
    sys.stdout.write("\n")


def write_answer(answer: Answer, *, as_json: bool = False) -> None:
    """The Answer for a person, or as data."""
    if as_json:
        write_json(answer.document())
        return
    from mcp_server.render.terminal import terminal

    write(terminal(answer, width=width(), colour=colour()))
