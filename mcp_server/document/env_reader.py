"""Text of ``NAME=value`` lines (``.env`` files, shell exports) to statements and nodes with exact places.

The value of a node is what a POSIX shell, python-dotenv and Docker Compose read where they agree; the rule
``env-dialect`` names the places where they do not. Measured with dash, bash, python-dotenv 1.2, docker 28 (client)
and kubectl 1.32; Compose after its documentation. Nothing is expanded from the machine's environment or executed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mcp_server.document.document import SyntaxProblem
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: The longest value in quotes that is looked for, in lines: a private key has some 50.
MAX_LINES = 400
#: Quotes that are never closed, after which only the line itself is searched: the work stays linear.
MAX_SEARCHES = 20
#: Variables that are read; the environment of a process holds far fewer.
MAX_STATEMENTS = 20_000
#: A reference to another variable: ``${NAME}``, ``${NAME:-default}``, ``$NAME``.
REFERENCE = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?:(:?[-=?+])([^{}]*))?\}|([A-Za-z_]\w*))")

_BLANK = " \t"
_ASSIGNMENT = re.compile(r"([ \t]*)(export[ \t]+)?([^\s=#'\"$][^\s='\"]*)([ \t]*)=([ \t]*)")
_LIKE_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*=")
_SHELL = re.compile(r"set [-+](a|o allexport)|export [A-Za-z_ ]+|unset .*|:")
#: How other programs write an assignment: what it is called, and the pattern with name and value.
_FOREIGN = (
    ("PowerShell", re.compile(r"\$env:(?P<name>\w+)\s*=\s*(?P<value>.*)", re.IGNORECASE)),
    ("fish", re.compile(r"set\s+(?:(?:-\w+|--\w+)\s+)+(?P<name>\w+)\s+(?P<value>.*)")),
    ("csh", re.compile(r"setenv\s+(?P<name>\w+)\s+(?P<value>.*)")),
    ("cmd.exe", re.compile(r"(?:set|setx)\s+\"?(?P<name>\w+)(?:=|\s+)(?P<value>.*)", re.IGNORECASE)),
)


class Unknown(Scalar):
    """A value that is known only where the program runs: it refers to a variable that is set elsewhere."""

    __slots__ = ()


@dataclass(frozen=True)
class Statement:
    """One assignment as written. ``raw`` is everything after the ``=`` on its line(s), ``value`` what it means."""

    name: str
    mark: Mark
    value: str
    value_mark: Mark
    end: Mark
    raw: str
    quote: str = ""
    """The quote that the value starts with, empty for none."""
    export: bool = False
    before: str = ""
    after: str = ""
    """Blanks before and after the ``=``."""
    rest: str = ""
    """What follows the value on its last line: a comment, or text that is glued to the closing quote."""
    known: bool = True


@dataclass
class EnvText:
    """What a text of variables holds."""

    statements: list[Statement] = field(default_factory=list)
    problems: list[SyntaxProblem] = field(default_factory=list)
    foreign: dict[str, list[Statement]] = field(default_factory=dict)
    """Assignments in the syntax of another program, by its name."""
    commands: list[Mark] = field(default_factory=list)
    """Lines that only a shell runs."""


def read_env(text: str) -> tuple[Node | None, list[SyntaxProblem]]:
    """The root, a mapping ``{env: {NAME: value}}``, and what is wrong; reading never stops at a bad line."""
    found = scan(text)
    root, env = Mapping(Mark(1, 1)), Mapping(Mark(1, 1))
    statements = sorted([*found.statements, *(s for group in found.foreign.values() for s in group)], key=_place)
    env.entries = [Entry(s.name, _key(s), _value(s)) for s in statements]
    root.entries = [Entry("env", Scalar.of("env", "env", Mark(1, 1)), env)]
    return root, found.problems


def scan(text: str) -> EnvText:
    """Every assignment of ``text`` in order, and the lines that are none."""
    return _Scanner(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).run()


def expand(text: str, known: dict[str, str]) -> tuple[str, bool]:
    """``text`` with references replaced by values of ``known`` or their own default, and whether none is left."""
    complete = True

    def replaced(match: re.Match[str]) -> str:
        nonlocal complete
        name, operator, other = match[1] or match[4], match[2] or "", match[3] or ""
        value = known.get(name)
        if value or (value is not None and not operator.startswith(":")):
            return other if operator.endswith("+") else value
        if operator.endswith(("-", "=")):
            return other
        complete = False
        return match[0]

    return REFERENCE.sub(replaced, text), complete


def _place(statement: Statement) -> Mark:
    return statement.mark


def _key(statement: Statement) -> Scalar:
    key = Scalar.of(statement.name, statement.name, statement.mark)
    key.end = Mark(statement.mark.line, statement.mark.column + len(statement.name))
    return key


def _value(statement: Statement) -> Scalar:
    kind = Scalar if statement.known else Unknown
    node = kind.of(statement.value, statement.value, statement.value_mark)
    node.plain = not statement.quote
    node.end = statement.end
    return node


class _Scanner:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.read = 0
        self.found = EnvText()
        self.values: dict[str, str] = {}

    def run(self) -> EnvText:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                self._line(line, stripped)
                self.read += 1
            self.at += 1
            if self.read == MAX_STATEMENTS:
                self._problem(
                    f"the file has more than {MAX_STATEMENTS:,} lines with something on them",
                    "the rest is not checked; check that it is the right file",
                    Mark(self.at, 1),
                )
                break
        return self.found

    def _line(self, line: str, stripped: str) -> None:
        mark = Mark(self.at + 1, len(line) - len(line.lstrip()) + 1)
        for program, pattern in _FOREIGN:
            match = pattern.fullmatch(stripped)
            if match and not _SHELL.fullmatch(stripped):
                self.found.foreign.setdefault(program, []).append(_foreign(match, mark))
                return
        match = _ASSIGNMENT.match(line)
        if match:
            self._assignment(line, match)
        elif stripped.startswith("="):
            self._problem("there is no name before the =", "write NAME=value", mark)
        elif _SHELL.fullmatch(stripped) or not re.match(r"(export\s+)?[\w.-]+\s*:(\s|$)", stripped):
            self.found.commands.append(mark)
        else:
            self._problem(
                "this line is written with a colon, like YAML",
                "write NAME=value; most programs that read such files ignore or refuse the line as it is",
                mark,
            )

    def _assignment(self, line: str, match: re.Match[str]) -> None:
        start = match.end()
        quote = line[start] if line[start : start + 1] in ("'", '"') else ""
        if quote:
            value, end, rest, raw = self._quoted(line, start, quote)
        else:
            value, rest = _unquoted(line[start:])
            end, raw = Mark(self.at + 1, start + len(value) + 1), line[start:]
        known = True
        if quote != "'":
            value, known = expand(value, self.values)
        name = match[3]
        if known:
            self.values[name] = value
        self.found.statements.append(
            Statement(
                name,
                Mark(end.line - raw.count("\n"), match.start(3) + 1),
                value,
                Mark(end.line - raw.count("\n"), start + 1),
                end,
                raw,
                quote,
                bool(match[2]),
                match[4],
                match[5],
                rest,
                known,
            )
        )

    def _quoted(self, line: str, start: int, quote: str) -> tuple[str, Mark, str, str]:
        """Value, end, what follows it, and the whole as written; ``self.at`` moves to the last line of the value."""
        body = line[start + 1 :]
        first = self.at
        reach = MAX_LINES if len(self.found.problems) < MAX_SEARCHES else 1
        for number in range(first, min(first + reach, len(self.lines))):
            if number > first:
                if _LIKE_ASSIGNMENT.match(self.lines[number]):
                    break
                body += "\n" + self.lines[number]
            close = _closing(body, quote)
            if close is not None:
                self.at = number
                offset = start + 1 if number == first else -(body.rfind("\n", 0, close) + 1)
                end = Mark(number + 1, offset + close + 2)
                return _unescaped(body[:close], quote), end, body[close + 1 :], quote + body
        self._problem(
            f"a quote ({quote}) is opened here and not closed",
            "close it at the end of the value; a value with a quote in it goes into quotes of the other sort",
            Mark(first + 1, start + 1),
        )
        rest = line[start + 1 :]
        return rest.rstrip(), Mark(first + 1, len(line.rstrip()) + 1), "", line[start:]

    def _problem(self, problem: str, fix: str, mark: Mark) -> None:
        self.found.problems.append(SyntaxProblem(problem, fix, mark, fatal=False))


def _closing(body: str, quote: str) -> int | None:
    """The place of the quote that closes; a backslash escapes the next character in double quotes."""
    escaped = False
    for index, character in enumerate(body):
        if escaped:
            escaped = False
        elif character == "\\" and quote == '"':
            escaped = True
        elif character == quote:
            return index
    return None


def _unescaped(body: str, quote: str) -> str:
    r"""In double quotes ``\"``, ``\\``, ``\$`` and (not in a shell) ``\n``, ``\t``; nothing in single quotes."""
    if quote == "'" or "\\" not in body:
        return body
    simple = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
    return re.sub(r"\\(.)", lambda m: simple.get(m[1], m[1] if m[1] in '"\\$`' else m[0]), body, flags=re.DOTALL)


def _unquoted(rest: str) -> tuple[str, str]:
    """Value and what follows: a comment starts at a # after a blank."""
    comment = re.search(r"(?:^|[ \t])#", rest)
    value = (rest if comment is None else rest[: comment.start()]).rstrip(_BLANK)
    return value, rest[len(value) :]


def _foreign(match: re.Match[str], mark: Mark) -> Statement:
    value = match["value"].strip()
    start = Mark(mark.line, mark.column + match.start("value"))
    plain = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    name = Mark(mark.line, mark.column + match.start("name"))
    return Statement(
        match["name"],
        name,
        plain,
        start,
        Mark(start.line, start.column + len(value)),
        value,
        value[:1] if plain != value else "",
        known="$" not in plain and "%" not in plain,
    )
