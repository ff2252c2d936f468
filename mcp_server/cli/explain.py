"""``llm-gateway explain``: arguments."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from mcp_server.cli.answers import add_verb
from mcp_server.cli.exit_codes import EXIT_OK

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    text = "show what Claude Code really uses here, and where each value comes from"
    parser = add_verb(verbs, "explain", text, _explain, unknown=EXIT_OK)
    parser.add_argument("--client-version", metavar="X", help="predict for this release of Claude Code")
    parser.add_argument("--settings", metavar="FILE", help="file or JSON that claude --settings would be given")


def _explain(options: argparse.Namespace) -> Awaitable[Answer]:
    from mcp_server.operations import explain

    return explain.run(client_version=options.client_version, settings=options.settings)
