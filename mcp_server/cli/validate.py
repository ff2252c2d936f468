"""``llm-gateway validate``: arguments, the format of the output, and the exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED
from mcp_server.errors import GatewayError, UsageError, nearest

if TYPE_CHECKING:
    from mcp_server.answer import Answer, Severity
    from mcp_server.operations.validate_files import Request
    from mcp_server.validate.outcome import FileOutcome, Outcome
    from mcp_server.validate.rule import Rule

FORMATS = ("text", "json", "sarif", "github", "junit")
HELP = "check configuration files: file, line, column, why and fix of each mistake"
EXITS = """exit codes:
  0  nothing found (notes do not count, unless --fail-on info)
  1  findings of the severity of --fail-on or worse
  2  the command line is wrong, or names an unknown rule or kind
  3  something could not be checked: a file cannot be read, or a folder holds no configuration
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser(
        "validate",
        help=HELP,
        description="Checks configuration files offline; nothing in them is executed or fetched.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file, folder, or - for standard input")
    parser.add_argument("--kind", default="auto", help="kind of the files (default: %(default)s, by name and content)")
    parser.add_argument(
        "--environment", choices=("check", "ignore"), default="check", help="ignore: unset variables are no finding"
    )
    parser.add_argument("--litellm-version", metavar="X", help="release of LiteLLM that will read the files")
    parser.add_argument("--stdin-name", metavar="NAME", help="path to judge standard input by")

    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    output.add_argument("--json", dest="format", action="store_const", const="json", help="same as --format json")
    output.add_argument(
        "--fail-on",
        choices=("error", "warning", "info"),
        default="warning",
        help="mildest severity that makes the exit code 1 (default: %(default)s)",
    )

    rules = parser.add_argument_group("rules")
    words = "ids, beginnings of ids, globs or severities, separated by commas"
    for name, help_text in (("--select", f"only these: {words}"), ("--ignore", "all but these")):
        rules.add_argument(name, type=_words, action="extend", default=[], metavar="RULES", help=help_text)
    rules.add_argument("--baseline", metavar="FILE", help="findings listed in FILE do not count")
    rules.add_argument("--update-baseline", action="store_true", help="write what is found now to that FILE")
    rules.add_argument("--list-rules", action="store_true", help="show all rules")
    rules.add_argument("--explain", metavar="RULE", help="show the manual page of a rule")

    fixes = parser.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="make the safe changes in the files, and show them")
    fixes.add_argument("--unsafe-fixes", action="store_true", help="also the changes that need a person's look")
    fixes.add_argument("--diff", action="store_true", help="show what --fix would change; write nothing")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs the command and writes its output; the exit code."""
    if options.explain is not None:
        return _explain(options)
    if options.list_rules:
        return _list_rules(options)
    from mcp_server.operations.validate_config import collector_paused

    try:
        with collector_paused():  # trees are freed without the collector, and it would walk them several times
            return _validate(options)
    except UsageError:
        raise
    except GatewayError as error:
        print(f"llm-gateway: {error.problem}\n  what to do: {error.fix}", file=sys.stderr)
        return EXIT_UNCHECKED


def _validate(options: argparse.Namespace) -> int:
    from mcp_server.operations import validate_files

    request = _request(options)
    outcome = validate_files.run(request)
    code = exit_code(outcome, options.fail_on)
    one = outcome.files[0] if _names_one_file(request, outcome) else None
    if options.format == "json":
        screen.write_json(outcome.document() if one is None else one.answer.document())
    elif options.format == "sarif":
        from mcp_server.render.sarif import sarif

        screen.write_json(sarif(outcome, code), ascii_only=True)
    elif options.format == "github":
        from mcp_server.render.github import github

        screen.write(github(outcome))
    elif options.format == "junit":
        from mcp_server.render.junit import junit

        screen.write(junit(outcome, fail_on=options.fail_on))
    elif one is not None:
        _write_answer(one, outcome)
    else:
        from mcp_server.render.listing import listing

        screen.write(listing(outcome, width=screen.width(), colour=screen.colour()))
    return code


def exit_code(outcome: Outcome, fail_on: Severity = "warning") -> int:
    """What could not be checked comes first: the findings then are not all there is."""
    if outcome.unread:
        return EXIT_UNCHECKED
    if outcome.updated:
        return EXIT_OK  # all that was found is known from now on
    return EXIT_PROBLEMS if any(file.counts(fail_on) for file in outcome.files) else EXIT_OK


def _names_one_file(request: Request, outcome: Outcome) -> bool:
    """One file was named, so the whole Answer about it is shown."""
    from pathlib import Path

    try:
        return len(request.paths) == 1 and len(outcome.files) == 1 and not Path(request.paths[0]).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):
        return True


def _request(options: argparse.Namespace) -> Request:
    from mcp_server.operations.validate_config import MAX_BYTES
    from mcp_server.operations.validate_files import STDIN, Request
    from mcp_server.validate.selection import Selection

    if not options.paths:
        raise UsageError("no file is named.", "Name files or folders: llm-gateway validate PATH")
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes alone does nothing.", "Add --diff to see the changes, or --fix to make them.")
    if options.stdin_name and STDIN not in options.paths:
        raise UsageError("--stdin-name belongs to standard input.", "Add - as PATH, or leave it out.")
    return Request(
        paths=tuple(options.paths),
        kind=options.kind,
        environment=options.environment,
        litellm=options.litellm_version,
        selection=Selection(tuple(options.select), tuple(options.ignore)),
        stdin=sys.stdin.buffer.read(MAX_BYTES + 1) if STDIN in options.paths else b"",
        stdin_name=options.stdin_name,
        baseline=options.baseline,
        update_baseline=options.update_baseline,
        fix=options.fix,
        unsafe=options.unsafe_fixes,
        diff=options.diff,
    )


def _write_answer(file: FileOutcome, outcome: Outcome) -> None:
    from functools import partial

    from mcp_server.document.excerpt import excerpt
    from mcp_server.render.listing import summary_line
    from mcp_server.render.terminal import terminal

    answer: Answer = file.answer
    shown = None if file.document is None else partial(excerpt, file.document)
    screen.write(terminal(answer, width=screen.width(), colour=screen.colour(), excerpt=shown))
    if outcome.baseline is not None or file.fixed:
        screen.write(f"\n{summary_line(outcome)}\n")


def _explain(options: argparse.Namespace) -> int:
    from mcp_server.validate.manual import page_markdown, page_text

    rule = _rule(options.explain)
    if options.format == "json":
        screen.write_json({"id": rule.ID, "severity": rule.SEVERITY, "kinds": rule.KINDS, "page": page_markdown(rule)})
    else:
        screen.write(page_text(rule, screen.width()))
    return EXIT_OK


def _rule(name: str) -> Rule:
    from mcp_server.redact import quote
    from mcp_server.validate.rules import RULES, get

    rule = get(name)
    if rule is None:
        close = nearest(name[:80], [rule.ID for rule in RULES])
        raise UsageError(
            f"there is no rule {quote(name, 80)!r}.",
            (f"Did you mean {close}? " if close else "") + "llm-gateway validate --list-rules shows all.",
        )
    return rule


def _list_rules(options: argparse.Namespace) -> int:
    from mcp_server.validate.manual import rules_data, rules_table

    if options.format == "json":
        screen.write_json(rules_data())
    else:
        screen.write(rules_table())
    return EXIT_OK


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
