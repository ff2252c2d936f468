"""The programs that load environment files disagree about this line.

What: blanks around =, values with blanks or shell characters without quotes, a comment behind a value, $ in a
    value, quotes, export, escapes, names that a shell refuses, CRLF line ends, a byte order mark.
Why: the same file is read by a shell (source), by python-dotenv (LiteLLM), by Docker Compose (env_file) and by
    docker run --env-file or kubectl --from-env-file, which take everything after = literally. One of them then sets
    another value, or none.
Fix: write NAME=value without blanks around =, without comment on the line, and put a value with special characters
    in single quotes unless docker run or kubectl loads it.

Bad:
    ANTHROPIC_BASE_URL = https://gateway.example.com

Good:
    ANTHROPIC_BASE_URL=https://gateway.example.com
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.env_reader import NAME, REFERENCE, Statement
from mcp_server.document.nodes import Mark
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.env import env
from mcp_server.validate.problem import Problem

ID = "env-dialect"
KINDS: tuple[Kind, ...] = ("env",)
SEVERITY: Severity = "warning"

LITERAL = "docker run --env-file and kubectl --from-env-file"
_SHELL_CHARACTERS = re.compile(r"[&|;()<>`]|\$\(")


class _Said(NamedTuple):
    problem: str
    why: str
    fix: str


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = env(document)
    statements = view.text.statements
    yield from _whole_file(document)
    for statement in statements:
        for said in _wrong(statement, script=view.script):
            yield Problem(*said, statement.mark, f"env.{statement.name}")
    if not view.script:
        yield from _notes(statements)


def _whole_file(document: Document) -> Iterator[Problem]:
    if document.language != "env":
        return
    if "\r" in document.text:
        line = document.text.replace("\r\n", "\r")[: document.text.index("\r")].count("\n") + 1
        yield Problem(
            "the lines end with CRLF (Windows)",
            "a shell takes the carriage return as the last character of every value, so URLs and keys are wrong; "
            "Docker, kubectl and python-dotenv drop it",
            "save the file with LF line ends (dos2unix FILE)",
            Mark(line, 1),
        )
    if document.bom:
        yield Problem(
            "the file starts with a byte order mark",
            "a shell takes it as part of the first line and does not set that variable; the others drop it",
            "save the file as UTF-8 without BOM",
            Mark(1, 1),
        )


def _wrong(s: Statement, *, script: bool) -> Iterator[_Said]:
    if s.before or (s.after and s.value):
        yield _Said(
            f"blanks stand around the = of {s.name}",
            "a shell runs the name or the value as a command and sets nothing"
            + ("" if script else f"; {LITERAL} refuse it or keep the blank; python-dotenv and Compose drop it"),
            f"write {s.name}=value",
        )
    if not NAME.fullmatch(s.name):
        yield _Said(
            f"{s.name} is no name that a shell can set",
            "a shell takes the line for a command; Docker and python-dotenv set it",
            "use letters, digits and _ only, and start with a letter",
        )
    if not s.quote:
        yield from _bare(s, script=script)
    else:
        yield from _quoted(s, script=script)


def _bare(s: Statement, *, script: bool) -> Iterator[_Said]:
    comment = s.rest.strip().startswith("#")
    quoted = "put the value in single quotes"
    if comment and s.value and not script:
        yield _Said(
            f"a comment stands behind the value of {s.name}",
            f"{LITERAL} take the comment as part of the value; shells, python-dotenv and Compose drop it",
            "put the comment on a line of its own",
        )
    if re.search(r"[ \t]", s.value) and not (script and ";" in s.value):
        yield _Said(
            f"the value of {s.name} has a blank in it and no quotes",
            "a shell runs the second word as a command and does not keep the variable; the others take the whole line",
            quoted,
        )
    elif _SHELL_CHARACTERS.search(s.raw) and not script:
        yield _Said(
            f"the value of {s.name} holds a character that a shell acts on",
            "a shell runs, redirects or cuts the value there; Docker and python-dotenv take it literally",
            quoted,
        )
    elif "'" in s.value or '"' in s.value:
        yield _Said(
            f"a quote stands inside the value of {s.name}",
            "a shell removes it, or waits for the second one and loses the rest of the file; the others keep it",
            "put the whole value in quotes of the other sort",
        )
    elif "\\" in s.value and not script:
        yield _Said(
            f"the value of {s.name} has a backslash and no quotes",
            "a shell removes the backslash; the others keep it",
            quoted,
        )
    elif s.raw.startswith("~") and not script:
        yield _Said(
            f"the value of {s.name} starts with ~",
            "only bash and zsh replace it by the home folder; every other reader takes the character",
            "write the path in full",
        )
    if not script:
        yield from _dollar(s, s.raw[: len(s.raw) - len(s.rest)] if s.rest else s.raw)


def _quoted(s: Statement, *, script: bool) -> Iterator[_Said]:
    rest = s.rest.strip()
    if rest and not s.rest.startswith((" ", "\t", ";")):
        yield _Said(
            f"text follows the closing quote of {s.name}",
            "a shell appends it, python-dotenv skips the whole line, others cut it off",
            "put the complete value into one pair of quotes",
        )
    elif rest.startswith("#") and not script:
        yield _Said(
            f"a comment stands behind the value of {s.name}",
            f"{LITERAL} take quotes and comment as part of the value; shells, python-dotenv and Compose drop them",
            "put the comment on a line of its own",
        )
    if script:
        return
    body = s.raw[1 : len(s.raw) - len(s.rest) - 1]
    if s.quote == '"':
        if re.search(r"(?<!\\)(?:\\\\)*\\[nrt]", body):
            yield _Said(
                f"the value of {s.name} has an escape such as \\n in double quotes",
                "python-dotenv and Compose make a line break of it, a shell keeps the two characters",
                "write real line breaks inside the quotes, or single quotes when the characters are meant",
            )
        yield from _dollar(s, body)
    elif REFERENCE.search(body) and "{" in body:
        yield _Said(
            f"the value of {s.name} has ${{...}} in single quotes",
            "python-dotenv replaces it even there; shells and Compose keep it",
            "write the value itself",
        )


def _dollar(s: Statement, written: str) -> Iterator[_Said]:
    bare = re.search(r"(?<!\\)\$([A-Za-z_]\w*|\$)", written)
    if bare and not _SHELL_CHARACTERS.search(written):
        yield _Said(
            f"the value of {s.name} has {'$$' if bare[1] == '$' else '$ and a name'} in it",
            "a shell and Compose replace it (by nothing when no such variable is set); python-dotenv, "
            f"{LITERAL} keep it",
            "put the value in single quotes (for a reference write ${NAME})",
        )


def _notes(statements: list[Statement]) -> Iterator[Problem]:
    """What is usual and concerns only the literal readers: said once per file."""
    several = [s for s in statements if _spans(s)]
    groups = (
        (
            [s for s in statements if s.export],
            "lines start with export",
            f"shells, python-dotenv and Compose accept it; {LITERAL} refuse the file",
            "drop the word export and load the file with: set -a; . FILE; set +a",
        ),
        (
            [s for s in statements if s.quote and not _spans(s)],
            "values stand in quotes",
            f"{LITERAL} keep the quotes as part of the value; shells, python-dotenv and Compose remove them",
            "nothing to do unless docker run or kubectl loads the file",
        ),
        (
            several,
            "a value in quotes spans several lines",
            f"shells, python-dotenv and Compose read it whole; {LITERAL} take the first line or refuse the file",
            "nothing to do unless docker run or kubectl loads the file",
        ),
        (
            [s for s in statements if s.quote != "'" and "${" in s.raw],
            "values refer to other variables with ${NAME}",
            f"shells, python-dotenv and Compose replace it; {LITERAL} keep the text",
            "nothing to do unless docker run or kubectl loads the file",
        ),
    )
    for found, problem, why, fix in groups:
        if found:
            count = f" (here and on {len(found) - 1} more lines)" if len(found) > 1 else ""
            yield Problem(problem + count, why, fix, found[0].mark, f"env.{found[0].name}", severity="info")


def _spans(s: Statement) -> bool:
    """Whether the value goes over several lines."""
    return "\n" in s.raw[: len(s.raw) - len(s.rest)]
