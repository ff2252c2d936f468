"""``llm-gateway compatibility``: arguments, the format of the report, and the exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_UNCHECKED
from mcp_server.errors import GatewayError, UsageError

if TYPE_CHECKING:
    from mcp_server.matrix import Matrix

FORMATS = ("text", "json", "markdown")
HELP = "report how well a gateway speaks what Claude Code needs: checks × models, with a score"
EXITS = """exit codes:
  0  every must of every model passed
  1  a must failed, or a model cannot be reached
  2  the command line is wrong
  3  could not be checked: no target, or a must that the budget or a limit left undecided
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser(
        "compatibility",
        help=HELP,
        description="Asks every model at once what the gateway protocol of Claude Code demands. The requests "
        "are billed; the cost is estimated before and counted after.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: the model Claude Code would use")
    parser.add_argument("--base-url", help="default: Claude Code's own")
    parser.add_argument("--token-env", metavar="NAME", help="name of the variable that holds the gateway key")
    parser.add_argument("--budget", type=int, metavar="TOKENS", help="spend at most about so many tokens; musts first")
    parser.add_argument("--only", type=_ids, metavar="ID,…", help="only these checks")
    parser.add_argument("--idle", action="store_true", help="also ask for a minute of silence (about 12,000 tokens)")
    parser.add_argument("--body", type=float, metavar="MB", help="size of the large body (default 1.2, at most 30)")
    parser.add_argument(
        "--patience", type=float, default=8.0, metavar="SECONDS", help="wait for the first answer, default 8"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be asked and what it costs; send nothing"
    )
    parser.add_argument("--list-checks", action="store_true", help="show all checks")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="same as --format json")
    parser.add_argument("--output", metavar="FILE", help="write to this new file, not to standard output")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs the command and writes its report; the exit code."""
    if options.list_checks:
        return _list_checks(options)
    import asyncio
    from pathlib import Path

    from mcp_server.operations import compatibility

    if options.output and Path(options.output).exists():
        raise UsageError(f"{options.output} exists already.", "Choose another file for --output, or remove it.")

    def announce(text: str) -> None:
        print(f"llm-gateway: {text}", file=sys.stderr, flush=True)

    try:
        matrix = asyncio.run(
            compatibility.run(
                models=options.models or None,
                base_url=options.base_url,
                token_env=options.token_env,
                budget=options.budget,
                only=options.only,
                idle=options.idle,
                megabytes=options.body,
                patience=options.patience,
                dry_run=options.dry_run,
                announce=announce,
            )
        )
    except compatibility.NotCheckableError as error:
        print(f"llm-gateway: {error.problem}\n  what to do: {error.fix}", file=sys.stderr)
        return EXIT_UNCHECKED
    _write(_page(matrix, options), options)
    return matrix.exit_code


def _page(matrix: Matrix, options: argparse.Namespace) -> str:
    import json

    from mcp_server.render import compatibility

    if options.format == "json":
        return json.dumps(matrix.document(), ensure_ascii=False, indent=2) + "\n"
    if options.format == "markdown":
        return compatibility.markdown(matrix)
    to_file = bool(options.output)
    return compatibility.text(matrix, width=screen.width(), colour=screen.colour() and not to_file)


def _write(content: str, options: argparse.Namespace) -> None:
    from pathlib import Path

    if not options.output:
        screen.write(content)
        return
    try:
        with Path(options.output).open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise GatewayError(
            f"cannot write {options.output}: {error.strerror}.", "Choose a file in a folder that you may write to."
        ) from error
    screen.write(f"Written: {options.output}\n")


def _list_checks(options: argparse.Namespace) -> int:
    from mcp_server.catalogue.protocol import requirement
    from mcp_server.probe.checks import CHECKS

    if options.format == "json":
        screen.write_json(
            [
                {
                    "id": check.id,
                    "requirement": check.requirement,
                    "layer": check.layer,
                    "question": check.question,
                    "demand": requirement(check.id).demand,
                    "source": requirement(check.id).source,
                    "opt_in": check.opt_in,
                }
                for check in CHECKS
            ]
        )
        return EXIT_OK
    for check in CHECKS:
        extra = " (only when asked for)" if check.opt_in else ""
        screen.write(f"{check.id:26} {check.requirement:9} {check.question}{extra}\n")
    return EXIT_OK


def _ids(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
