"""``llm-gateway test-model``: arguments."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from mcp_server.cli.answers import add_verb

if TYPE_CHECKING:
    from mcp_server.answer import Answer

_LEVELS = ("status", "health", "message", "claude-code")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = add_verb(verbs, "test-model", "prove that a model works for Claude Code", _test_model)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: the model Claude Code would use")
    parser.add_argument("--base-url", help="default: Claude Code's own")
    parser.add_argument("--token-env", metavar="NAME", help="name of the variable that holds the gateway key")
    parser.add_argument("--level", choices=_LEVELS, default=_LEVELS[-1], help="how much is proved; default %(default)s")
    parser.add_argument("--dry-run", action="store_true", help="show the requests, send nothing")
    parser.add_argument(
        "--patience", type=float, default=8.0, metavar="SECONDS", help="wait for the first answer, default 8"
    )


def _test_model(options: argparse.Namespace) -> Awaitable[Answer]:
    from mcp_server.operations import test_model

    return test_model.run(
        base_url=options.base_url,
        models=options.models or None,
        token_env=options.token_env,
        level=options.level,
        dry_run=options.dry_run,
        patience=options.patience,
    )
