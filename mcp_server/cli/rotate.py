"""``llm-gateway rotate``: arguments, output, exit code."""

from __future__ import annotations

import argparse
from pathlib import Path

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS

_EXAMPLES = """examples:
  llm-gateway rotate --variable ANTHROPIC_AUTH_TOKEN --file ~/.claude/settings.json
  llm-gateway rotate --variable TEAM_KEY --new-key-file team.key --keep-old 24h
  llm-gateway rotate --key-file ~/.config/llm-gateway/litellm.key --restart 'systemctl --user restart litellm'
  llm-gateway rotate --variable PORTKEY_API_KEY              a plan, for gateways without a key API
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    text = "replace a gateway key: new one in, proof, old one out"
    parser = verbs.add_parser(
        "rotate",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. A failure leaves the old key working. No key is shown.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--variable", default="", metavar="NAME", help="variable that holds the old key")
    parser.add_argument("--file", action="append", default=[], type=Path, metavar="FILE", help="file that holds it")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="the local gateway's own key")
    parser.add_argument("--restart", default="", metavar="COMMAND", help="restarts the local gateway (for --key-file)")
    parser.add_argument("--base-url", default="", metavar="URL", help="the gateway (default: Claude Code's own)")
    parser.add_argument(
        "--admin-variable",
        default="LITELLM_MASTER_KEY",
        metavar="NAME",
        help="variable with a key that may make keys, default %(default)s",
    )
    parser.add_argument("--keep-old", default="", metavar="TIME", help="let the old key expire (24h), not end at once")
    parser.add_argument("--new-key-file", type=Path, metavar="FILE", help="write the new key into this new file")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
    parser.add_argument("--json", action="store_true", help="print the Answer as JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Raises UsageError and GatewayError when nothing was begun."""
    import asyncio

    from mcp_server.operations import rotate

    answer = asyncio.run(
        rotate.run(
            rotate.Request(
                options.variable,
                tuple(options.file),
                options.key_file,
                options.restart,
                options.base_url,
                options.admin_variable,
                options.keep_old,
                options.new_key_file,
                options.dry_run,
            )
        )
    )
    screen.write_answer(answer, as_json=options.json)
    return EXIT_PROBLEMS if answer.verdict == "errors" else EXIT_OK
