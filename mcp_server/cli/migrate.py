"""``llm-gateway migrate``: arguments, output, exit code."""

from __future__ import annotations

import argparse
from pathlib import Path

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS

_EXAMPLES = """examples:
  llm-gateway migrate                                      what is found on this machine
  llm-gateway migrate ~/.claude-code-router/config.json --output out
  llm-gateway migrate ~/.bashrc --apply                    variables of a shell, into settings.json
  llm-gateway migrate old-litellm.yaml --output new        an older LiteLLM file
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    text = "convert another tool's configuration to the current form"
    parser = verbs.add_parser(
        "migrate",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. Writes nothing without --output or --apply, and never a key.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source", nargs="?", metavar="FILE", help="file, folder or database (default: the usual places)"
    )
    parser.add_argument("--from", dest="kind", metavar="KIND", help="kind of the source (default: recognised)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the files into DIR (never over another file)")
    parser.add_argument("--apply", action="store_true", help="merge the settings into your own; can be undone")
    parser.add_argument("--although-managed", action="store_true", help="also when another tool manages the settings")
    parser.add_argument("--json", action="store_true", help="print the Answer as JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Raises UsageError and GatewayError as the operation does; nothing was written then."""
    from mcp_server.operations import migrate

    answer = migrate.run(
        options.source,
        options.kind,
        output=options.output.expanduser() if options.output else None,
        apply=options.apply,
        although_managed=options.although_managed,
    )
    screen.write_answer(answer, as_json=options.json)
    return EXIT_PROBLEMS if answer.verdict == "errors" else EXIT_OK
