"""``llm-gateway diff``, ``apply``, ``rollback``, ``history`` and ``compare``: arguments, output, exit code."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.operations.change_files import Request

_EXAMPLES = """examples:
  llm-gateway generate --gateway litellm --output out
  llm-gateway diff out/settings.json                       what would change in your settings
  llm-gateway apply out/settings.json --scope project
  llm-gateway apply --set env.ENABLE_TOOL_SEARCH=false     one setting
  llm-gateway rollback                                     the last change undone, byte for byte
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands to ``verbs``."""
    for name, help_text in (
        ("diff", "show what apply would change, write nothing"),
        ("apply", "merge settings into files, so that it can be undone byte for byte"),
    ):
        parser = _parser(verbs, name, help_text)
        parser.add_argument("fragments", nargs="*", type=Path, metavar="FILE", help="files to merge in")
        parser.add_argument("--to", type=Path, metavar="FILE", help="the file to change (default: by name and scope)")
        parser.add_argument("--scope", metavar="SCOPE", help="settings: user (default), project, local or managed")
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one setting")
        parser.add_argument("--unset", action="append", default=[], metavar="KEY", help="remove one setting")
        parser.add_argument("--although-managed", action="store_true", help="also when another tool manages the file")
        parser.add_argument("--although-invalid", action="store_true", help="also when the result has new errors")
    undo = _parser(verbs, "rollback", "take a change back, byte for byte")
    undo.add_argument("change", nargs="?", metavar="CHANGE", help="id of the change (default: the last one)")
    undo.add_argument("--dry-run", action="store_true", help="show what it would do, write nothing")
    _parser(verbs, "history", "list the changes and their state")
    two = _parser(verbs, "compare", "show how two configuration files differ in what they say")
    two.add_argument("left", type=Path, metavar="FILE", help="the one")
    two.add_argument("right", type=Path, metavar="FILE", help="and the other")


def _parser(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_text: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name,
        help=help_text,
        description=f"{help_text[0].upper()}{help_text[1:]}.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(command=run)
    return parser


def run(options: argparse.Namespace) -> int:
    """Runs one of the commands.

    Raises:
        UsageError, GatewayError: nothing was written.
    """
    from mcp_server.operations import change_files, compare_files

    if options.verb == "history":
        return _history(as_json=options.json)
    if options.verb == "rollback":
        answer = change_files.undo(options.change, dry_run=options.dry_run)
    elif options.verb == "compare":
        answer = compare_files.compare(options.left.expanduser(), options.right.expanduser())
    else:
        answer = getattr(change_files, options.verb)(_request(options))
    screen.write_answer(answer, as_json=options.json)
    return EXIT_PROBLEMS if answer.verdict == "warnings" else EXIT_OK


def _request(options: argparse.Namespace) -> Request:
    from mcp_server.change.wish import Remove, Wish, key_path, setting
    from mcp_server.operations.change_files import Request

    wishes: list[Wish] = [setting(text) for text in options.set]
    wishes += [Remove(key_path(text)) for text in options.unset]
    return Request(
        tuple(path.expanduser() for path in options.fragments),
        tuple(wishes),
        options.to.expanduser() if options.to else None,
        options.scope,
        options.although_managed,
        options.although_invalid,
    )


def _history(*, as_json: bool) -> int:
    from dataclasses import asdict

    from mcp_server.operations.change_files import records, unreadable_records

    found, lost = records(), unreadable_records()
    if as_json:
        screen.write_json({"changes": [asdict(record) for record in found], "unreadable": [str(p) for p in lost]})
        return EXIT_OK
    if not found and not lost:
        screen.write("No changes yet.\n")
    for record in found:
        files = ", ".join(quote(file.path, 200) for file in record.files)
        state = record.state if record.state in ("applied", "undone") else "half done"
        screen.write(f"{record.id}  {state:9}  {quote(record.what, 300)}  ({files})\n")
        if state == "half done":
            screen.write(
                f"  interrupted, and one of its files cannot be written now: llm-gateway rollback {record.id}\n"
            )
    for place in lost:
        screen.write(f"{quote(str(place), 200)}: cannot be read (damaged, or of a later release), and is left alone\n")
    return EXIT_OK
