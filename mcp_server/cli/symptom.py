"""The error text that ``diagnose`` and ``report`` take: words of the command line, or standard input."""

from __future__ import annotations

import argparse
import sys


def add_symptom(parser: argparse.ArgumentParser) -> None:
    """Adds the words."""
    parser.add_argument("symptom", nargs="*", help="the error text, or - for standard input")


def symptom(options: argparse.Namespace) -> str | None:
    """The text, ``None`` when there is none; bytes that are no UTF-8 are replaced."""
    text = " ".join(options.symptom)
    return (sys.stdin.buffer.read().decode("utf-8", errors="replace") if text == "-" else text) or None
