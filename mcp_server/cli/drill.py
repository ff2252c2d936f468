"""``llm-gateway drill``: arguments, the format of the output, and the exit code."""

from __future__ import annotations

import argparse
import sys

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.drill import NAMES

HELP = "rehearse an outage with your own LiteLLM file, on loopback"
_EPILOG = """drills:
  fallback           a provider fails in five ways: who answers instead, what is lost, how long it takes
  failover           one deployment of a group goes down in mid-load and comes back
  rate-limit         429 of the provider, and the limits of the file: what the client sees
  header-forwarding  which headers of the client reach the provider, and whether its key leaks
  auth-bypass        what answers without a credential, and what of it costs money
  usage-logging      whether tokens and cost are counted right

exit codes: 0 passed (warnings included), 1 problems found, 2 wrong usage, 3 could not be rehearsed
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser(
        "drill",
        help=HELP,
        description="Runs the real LiteLLM with a copy of your file whose providers are emulators on this machine. "
        "Your secrets are not used, nothing leaves the machine, nothing costs money.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("drill", choices=NAMES, metavar="DRILL", help=", ".join(NAMES))
    parser.add_argument("--config", metavar="FILE", help="LiteLLM configuration (default: the one in this folder)")
    parser.add_argument(
        "--model", dest="models", action="append", default=[], metavar="NAME", help="only this model; may be repeated"
    )
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: %(default)s")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="same as --format json")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs the command and writes its output; the exit code."""
    import asyncio

    from mcp_server.operations import drill

    try:
        rehearsed = asyncio.run(drill.run(options.drill, options.config, options.models, _report))
    except UsageError:
        raise
    except GatewayError as error:
        print(f"llm-gateway: {error.problem}\n  what to do: {error.fix}", file=sys.stderr)
        return EXIT_UNCHECKED
    if options.format == "json":
        screen.write_json(rehearsed.document())
    elif options.format == "markdown":
        from mcp_server.render.markdown import markdown

        screen.write(markdown(rehearsed.answer))
    else:
        screen.write_answer(rehearsed.answer)
    return {"errors": EXIT_PROBLEMS, "unknown": EXIT_UNCHECKED}.get(rehearsed.answer.verdict, EXIT_OK)


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
