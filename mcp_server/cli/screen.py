"""Standard output: its width, its colours, and text and data written to it."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mcp_server.errors import GatewayError

if TYPE_CHECKING:
    from mcp_server.answer import Answer


class OutputError(GatewayError):
    """What was found cannot be handed over."""


def prepare() -> None:
    """Makes the standard streams usable, whatever the caller handed over.

    Closed ones become the null device, so that no file of ours gets their number. Characters that the encoding of the
    terminal lacks are written as escapes instead of ending the command.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
            setattr(sys, name, os.fdopen(handle if handle == number else os.dup2(handle, number), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def colour() -> bool:
    """Whether a person sees colours: on a terminal, unless NO_COLOR is set or the terminal has none."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to fill; a very wide terminal is not easier to read."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has gone: no error
    except OSError as error:
        discard()
        raise OutputError(
            f"the output cannot be written: {(error.strerror or 'unknown reason').lower()}.",
            "Send it somewhere else, or free some space; what was done besides is done.",
        ) from error


def discard() -> None:
    """What was not written yet goes nowhere; else Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flush() -> None:
    """Everything is written when this returns.

    Raises:
        OutputError: it cannot be.
    """
    with _written():
        sys.stdout.flush()


def write(text: str) -> None:
    with _written():
        sys.stdout.write(text)


def write_json(data: Any, *, ascii_only: bool = False) -> None:
    """``ascii_only`` for files that other programs read: right in whatever encoding the output has."""
    with _written():
        json.dump(data, sys.stdout, ensure_ascii=ascii_only, indent=2)
        sys.stdout.write("\n")


def write_answer(answer: Answer, *, as_json: bool = False) -> None:
    """The Answer for a person, or as data."""
    if as_json:
        write_json(answer.document())
        return
    from mcp_server.render.terminal import terminal

    write(terminal(answer, width=width(), colour=colour()))
