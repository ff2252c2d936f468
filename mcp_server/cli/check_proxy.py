"""``llm-gateway check-proxy``: arguments."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from mcp_server.cli import arguments
from mcp_server.cli.answers import add_verb

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = add_verb(verbs, "check-proxy", "find proxy and TLS faults on the way to the gateway", _check_proxy)
    parser.add_argument("targets", nargs="*", metavar="URL", help="default: Claude Code's own base URL")
    for name in ("proxy_url", "no_proxy", "ca_bundle"):
        value, meaning = arguments.TEXTS[name]
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=value, help=f"{meaning} (default: what is set here)")
    parser.add_argument("--pac", metavar="FILE", help="a PAC file to evaluate for the targets")


def _check_proxy(options: argparse.Namespace) -> Awaitable[Answer]:
    from mcp_server.operations import check_proxy

    return check_proxy.run(
        targets=options.targets or None,
        proxy_url=options.proxy_url,
        no_proxy=options.no_proxy,
        ca_bundle=options.ca_bundle,
        pac=options.pac,
    )
