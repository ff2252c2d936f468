"""What libyaml's complaints usually mean, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mcp_server.document.document import SyntaxProblem
from mcp_server.document.lines import LINE_END, Lines
from mcp_server.document.nodes import Mark

_TEMPLATE = (
    "a value is expected here and something else stands there (often a template that was not rendered)",
    "render Helm or Jinja templates first and give the result; put values with {{ }} in quotes",
)
#: libyaml's words, what they usually mean, and what to do. First match wins; the line decides some of them.
_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        r"character.*'\\t'|found a tab|token",
        "a tab or an illegal character stands where a value or indentation must start",
        "indent with spaces, never tabs; put values that start with @, `, %, or * in quotes",
    ),
    (
        r"mapping values are not allowed",
        "a second ': ' stands in this value, so YAML reads a new key inside it",
        "put the value in quotes",
    ),
    (
        r"scanning a quoted scalar|unexpected end of stream",
        "a quote is opened and never closed",
        "close the quote on the same line",
    ),
    (
        r"alphabetic or numeric character",
        "a bare * or & starts an alias or anchor name, and none follows",
        'put wildcards in quotes: model_name: "*"',
    ),
    (
        r"expected <block end>|expected block end",
        "this line is indented differently from its neighbours, or does not fit the key above it",
        "give all keys (or all '-' items) of one block the same indentation",
    ),
    (
        r"did not find expected ',' or|expected ',' or",
        "an item in [ ] or { } is not closed or not separated",
        "add the missing , ] or }; put values with { } [ ] or , in quotes",
    ),
    (
        r"could not find expected ':'",
        "this line is neither a key with a colon nor part of the value above",
        "write key: value, or indent the line so that it belongs to the block above",
    ),
    (r"node content", *_TEMPLATE),
    (
        r"nesting depth",
        "values are nested more than 1,000 levels deep here",
        "no configuration needs that: look for an unclosed bracket or a generated file gone wrong",
    ),
    (
        r"unknown escape",
        "a backslash in double quotes starts an escape, and this one does not exist (a Windows path?)",
        "use single quotes, or write the backslash twice",
    ),
    (
        r"document start|expected.*document",
        "something stands after the end of the document",
        "check the indentation of this line, and --- in the middle of the file",
    ),
)


def explained(error: Any, text: str, places: Callable[[Any], Mark], reader: str) -> SyntaxProblem:
    """A syntax error (``yaml.MarkedYAMLError``) in our words; ``places`` turns its place into an editor's."""
    place = error.problem_mark or error.context_mark
    mark = places(place) if place is not None else Mark(1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    source = LINE_END.split(text)
    if mark.line > len(source):  # the parser adds the line end that the file lacks
        mark = Mark(len(source), len(source[-1]) + 1)
    line = source[mark.line - 1]
    if "{{" in line or "{%" in line:
        meaning, fix = _TEMPLATE
    elif re.match(r"\s*[\w.]+\s*=\s*\S", line):
        meaning, fix = "this line is written as key=value, which is not YAML", "write key: value"
    else:
        meaning, fix = next(
            ((m, f) for pattern, m, f in _EXPLANATIONS if re.search(pattern, said)),
            ("this is not valid YAML", "check indentation, quotes and brackets of this line and the one above"),
        )
    if "${" in line and "in quotes" in fix:
        form = "os.environ/NAME, not ${NAME}" if reader == "LiteLLM" else 'quotes around ${NAME} here: "${NAME}"'
        fix = f"{fix} (in a file for {reader} write {form})"
    if "\t" in line[: len(line) - len(line.lstrip())] or (mark.column <= len(line) and line[mark.column - 1] == "\t"):
        meaning, fix = "a tab stands here; YAML allows only spaces in indentation", "replace tabs by spaces"
    return SyntaxProblem(f"{meaning} (parser: {said})", fix, mark)


def unprintable(error: Any, text: str) -> SyntaxProblem:
    """The same for a character that YAML forbids (``yaml.reader.ReaderError``)."""
    position = max(int(error.position), 0)
    index = len(text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "ignore"))
    mark = Lines(text).mark(index)
    character = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
    return SyntaxProblem(
        f"the control character U+{character:04X} stands here, which YAML forbids",
        "delete the character (it may be invisible in your editor)",
        mark,
    )
