"""Changes that make an unreadable text readable, where the text leaves no doubt about what was meant."""

from __future__ import annotations

import json
import re

from mcp_server.document.document import Document, SyntaxProblem
from mcp_server.document.edit import Change, Edit
from mcp_server.document.edits import whole_lines
from mcp_server.document.nodes import Mark
from mcp_server.document.writing import usual_quote

#: Trying indentations reads the text several times.
MAX_TABBED = 200_000

_TRAILING_COMMA = re.compile(r",(?=\s*[}\],])")
_COMMENT = re.compile(r"//[^\r\n]*|#[^\r\n]*|/\*(?s:.{0,100000}?)\*/")
_SINGLE_QUOTED = re.compile(r"'([^'\"\\\r\n]*)'(?=\s*[,:}\]])")
_WORD = re.compile(r"(?i)(true|false)\b|None\b|NULL\b|Null\b")
_BARE_KEY = re.compile(r"([A-Za-z_$][\w$-]*)(?=\s*:)")
_NEXT_LINE_KEY = re.compile(r"[ \t]*(?:\r\n|\r|\n)\s*\"")
_STAR = re.compile(r"\*[^\s,\[\]{}#'\"]*(?=[\s,\]}]|$)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}(?=\s*[,}\]\r\n#]|$)")
_NO_START = re.compile(r"[@`%][^\r\n\"'#\[\]{},:]*(?=[\r\n]|$)")
_TWO_COLONS = re.compile(r"(\s*(?:- +)?[\w.-]+: +)([^\s\"'\[\]{}#&*!|>%@`][^\"'#\\]*)")


def repair(document: Document, problem: SyntaxProblem, reader: str) -> Change | None:
    """The change that removes the first obstacle; safe where no other reading is possible.

    ``reader`` is the program that will read the file: LiteLLM has its own form for variables.
    """
    at = document.places.index(problem.mark)
    if document.language in ("json", "jsonc"):
        return _json(document, at)
    return _yaml(document, problem, at, reader) if document.language == "yaml" else None


def _json(document: Document, at: int) -> Change | None:
    text = document.text
    before = re.search(r"\S(?=\s*$)", text[max(at - 200, 0) : at])
    if _TRAILING_COMMA.match(text, at) or (text[at : at + 1] == "," and before and before[0] == ","):
        return _change(document, at, at + 1, "", safe=True)
    if found := _COMMENT.match(text, at):
        return _change(document, at, found.end(), "")  # a person wrote it for a person: not ours to drop
    if found := _SINGLE_QUOTED.match(text, at):
        return _change(document, at, found.end(), json.dumps(found[1], ensure_ascii=False), safe=True)
    if found := _WORD.match(text, at):
        return _change(document, at, found.end(), found[1].lower() if found[1] else "null", safe=True)
    if found := _BARE_KEY.match(text, at):
        return _change(document, at, found.end(), json.dumps(found[1]), safe=True)
    if text[at : at + 1] == "\t":
        return _change(document, at, at + 1, "\\t", safe=True)
    if text[at : at + 1] == "\\":
        return _change(document, at, at, "\\")
    if at > 0 and text[at - 1] not in ",:[{" and _NEXT_LINE_KEY.match(text, at):
        return _change(document, at, at, ",", safe=True)
    return None


def _yaml(document: Document, problem: SyntaxProblem, at: int, reader: str) -> Change | None:
    text, line = document.text, document.line(problem.mark.line)
    if "\t" in line[: len(line) - len(line.lstrip())] and not problem.problem.startswith("a second document"):
        return _tabs(document)
    if text[at - 1 : at] == "*" and text[at : at + 1] != "*":
        at -= 1  # the parser points behind a lone star
    quote = usual_quote(document)
    if (found := _STAR.match(text, at)) and (found[0] == "*" or "&" not in text):
        return _change(document, at, found.end(), quote + found[0] + quote, safe=True)
    start = at - 1 if text[at - 1 : at] == "$" else at
    if reader == "LiteLLM" and (found := _VARIABLE.match(text, start)):
        return _change(document, start, found.end(), f"os.environ/{found[1]}", safe=True)
    if found := _NO_START.match(text, at):
        return _change(document, at, at + len(found[0].rstrip()), quote + found[0].rstrip() + quote, safe=True)
    if (found := _TWO_COLONS.fullmatch(line)) and ": " in found[2]:
        start = document.places.index(Mark(problem.mark.line, 1)) + found.end(1)
        return _change(document, start, start + len(found[2].rstrip()), quote + found[2].rstrip() + quote)
    return None


def _change(document: Document, start: int, end: int, text: str, *, safe: bool = False) -> Change:
    return Change((Edit(document.places.mark(start), document.places.mark(end), text),), safe)


def _tabs(document: Document) -> Change | None:
    """Spaces for the tabs of all indentations, if every usual width that can be read gives the same content."""
    if len(document.text) > MAX_TABBED:
        return None
    read = {width: _events(_expanded(document.lines, width)) for width in (2, 4, 8)}
    contents = [events for events in read.values() if events is not None]
    if not contents or any(events != contents[0] for events in contents):
        return None
    width = next(width for width, events in read.items() if events is not None)
    edits = [
        whole_lines(number, number, after + ("\n" if number < len(document.lines) else ""))
        for number, (before, after) in enumerate(
            zip(document.lines, _expanded(document.lines, width), strict=True), start=1
        )
        if before != after
    ]
    return Change(tuple(edits), safe=True)


def _expanded(lines: list[str], width: int) -> list[str]:
    return [line[: (n := len(line) - len(line.lstrip(" \t")))].expandtabs(width) + line[n:] for line in lines]


def _events(lines: list[str]) -> list[object] | None:
    """What a parser reports of the lines, without places; ``None`` when it refuses them."""
    import yaml

    try:
        return [
            (type(e).__name__, getattr(e, "value", None), getattr(e, "anchor", None), getattr(e, "tag", None))
            for e in yaml.parse("\n".join(lines), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        ]
    except yaml.YAMLError:
        return None
