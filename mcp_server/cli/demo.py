"""``llm-gateway demo``: the Answer of the laboratory's demo, its progress on standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from mcp_server.cli.answers import add_verb

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    add_verb(verbs, "demo", "the main job on the loopback laboratory, with the real programs", _demo)


def _demo(_: argparse.Namespace) -> Awaitable[Answer]:
    from mcp_server.lab.demo import run

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return run(report)
