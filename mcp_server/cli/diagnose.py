"""``llm-gateway diagnose``: arguments."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from mcp_server.cli.answers import add_verb
from mcp_server.cli.symptom import add_symptom, symptom

if TYPE_CHECKING:
    from mcp_server.answer import Answer

_PROVIDERS = ("auto", "google", "aws", "anthropic", "gateway")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = add_verb(verbs, "diagnose", "explain an error: root cause and cure", _diagnose)
    add_symptom(parser)
    parser.add_argument("--provider", choices=_PROVIDERS, default="auto", help="whose credentials to look at")
    parser.add_argument("--config", dest="config_path", metavar="FILE", help="gateway file to take into account")
    parser.add_argument("--live", action="store_true", help="also make the least free calls that decide")


def _diagnose(options: argparse.Namespace) -> Awaitable[Answer]:
    from mcp_server.operations import diagnose_auth

    return diagnose_auth.run(
        symptom=symptom(options),
        provider=options.provider,
        config_path=options.config_path,
        live=options.live,
    )
