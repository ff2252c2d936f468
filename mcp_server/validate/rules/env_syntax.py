"""A line of the environment file is no assignment that its readers understand.

What: a quote that is never closed, NAME: value, a missing name, a line in the syntax of PowerShell, fish, csh or
    cmd.exe between others, words without =.
Why: a shell runs such a line as a command or loses the rest of the file, docker --env-file and Compose refuse the
    whole file, python-dotenv (which LiteLLM uses) skips the line with a warning.
Fix: write NAME=value, one per line.

Bad:
    ANTHROPIC_BASE_URL: https://gateway.example.com

Good:
    ANTHROPIC_BASE_URL=https://gateway.example.com
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.env import env
from mcp_server.validate.problem import Problem

ID = "env-syntax"
KINDS: tuple[Kind, ...] = ("env",)
SEVERITY: Severity = "error"
WHY = (
    "a shell runs the line as a command or loses what follows, docker and Compose refuse the file, "
    "python-dotenv skips the line"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    for found in document.syntax:
        yield Problem(found.problem, WHY, found.fix, found.mark)
    if document.language != "env" or not document.readable:
        return
    view = env(document)
    for program, statements in view.text.foreign.items():
        first = statements[0]
        if view.text.statements or len(view.text.foreign) > 1:
            for statement in statements:
                yield Problem(
                    f"this line is written for {program}, other lines of the file are not",
                    "no program reads the file as a whole, so this variable or the others are not set",
                    f"write {statement.name}=value, or keep a file of its own for {program}",
                    statement.mark,
                    f"env.{statement.name}",
                )
        else:
            yield Problem(
                f"the file is written for {program}",
                f"only {program} can load it; Docker, python-dotenv and POSIX shells cannot",
                "nothing to do when that is the program you use; otherwise write NAME=value",
                first.mark,
                f"env.{first.name}",
                severity="info",
            )
    if not view.script and not view.text.foreign:
        yield from _commands(document)


def _commands(document: Document) -> Iterator[Problem]:
    for mark in env(document).text.commands:
        words = document.line(mark.line).strip()
        if words.startswith(("set -", "set +", "export ", "unset ")):
            why = "a shell reads it, docker --env-file and Compose refuse the file, python-dotenv skips the line"
            yield Problem(
                "this line is a shell command, not NAME=value",
                why,
                "delete it, unless the file is only loaded by a shell",
                mark,
                severity="info",
            )
        elif " " in words or not words.replace("_", "").isalnum():
            yield Problem(
                "this line is no NAME=value",
                WHY,
                "write NAME=value, or put # before a comment",
                mark,
                severity="warning",
            )
        else:
            yield Problem(
                f"{words} stands here without = and value",
                "docker --env-file and Compose pass on the value of the machine, a shell runs it as a command, "
                "python-dotenv sets nothing",
                f"write {words}=value, or export {words} where the program is started",
                mark,
                f"env.{words}",
                severity="warning",
            )
