"""The ``llm-gateway`` command: the same operations as the MCP tools, for people and for CI.

Exit codes: 0 fine (or warnings) · 1 problems found · 2 wrong usage · 3 could not be checked. For ``validate``,
warnings are problems too, unless ``--fail-on`` says otherwise. One module for each command, with its ``add``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_server import __version__
from mcp_server.cli import (
    arguments,
    change,
    check_proxy,
    compatibility,
    demo,
    diagnose,
    doctor,
    drill,
    explain,
    failures,
    generate,
    init,
    lab,
    migrate,
    report,
    rotate,
    screen,
    serve,
    test_model,
    up,
    validate,
)

if TYPE_CHECKING:
    import argparse

#: In the order of ``--help``.
_COMMANDS = (
    *(serve, generate, validate, compatibility, change, migrate, rotate, drill, lab, up, doctor, init),
    *(check_proxy, test_model, diagnose, explain, report, demo),
)


def main(given: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends the process with one of the exit codes above."""
    screen.prepare()
    try:
        options = _parser().parse_args(given)
        code = int(options.command(options))
        screen.flush()
    except SystemExit:
        raise
    except BaseException as error:
        failures.end(error, sys.argv[1:] if given is None else given)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = arguments.Parser(
        prog="llm-gateway",
        description="Makes Claude Code work through any LLM gateway, provider mix and corporate proxy, and proves it.",
        epilog="Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 could not be checked, 130 stopped by Ctrl-C.",
    )
    parser.add_argument("--version", action="version", version=f"llm-gateway {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(verbs)
    return parser


if __name__ == "__main__":
    main()
