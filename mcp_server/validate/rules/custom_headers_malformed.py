"""ANTHROPIC_CUSTOM_HEADERS is not one 'Name: value' per line.

What: several headers separated by commas, a JSON object, a line without colon, typographic quotes, anthropic-beta
    as a header.
Why: a comma list becomes one header; JSON and curly quotes make every request fail; a line without colon is dropped
    silently; anthropic-beta cannot be overridden this way.
Fix: separate headers by \\n: "X-Team: research\\nX-App: claude-code"; use ANTHROPIC_BETAS for beta flags.

Bad:
    {
      "env": {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: research, X-App: claude-code"}
    }

Good:
    {
      "env": {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: research\\nX-App: claude-code"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "custom-headers-malformed"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"

FIX = 'write one "Name: value" per line, lines separated by \\n'
#: A shell takes real line breaks only; python-dotenv and Compose take both.
ENV_FIX = 'write one "Name: value" per line, with real line breaks inside double quotes'
TWICE = "the line break is written twice (\\\\n)"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECOND = re.compile(r",\s*[A-Za-z][\w-]*\s*:\s")


def check(document: Document, context: Context) -> Iterator[Problem]:
    variable = claude(document).variable("ANTHROPIC_CUSTOM_HEADERS")
    if variable is None:
        return
    for said in _wrong(variable.value):
        change = None
        if context.kind == "env":
            problem = "the line break is written as the two characters \\n" if said[0] == TWICE else said[0]
            fix = said[2] if len(said) > 2 and said[0] != TWICE else ENV_FIX
            yield Problem(problem, said[1], fix, variable.mark, variable.path)
            continue
        if said[0] == TWICE and not variable.value.strip().startswith(("{", "[")):
            change = set_text(document, variable.entry.value, variable.value.replace("\\n", "\n"), safe=True)
        yield Problem(said[0], said[1], FIX if len(said) < 3 else said[2], variable.mark, variable.path, change=change)


def _wrong(value: str) -> Iterator[tuple[str, ...]]:
    if value.strip().startswith(("{", "[")):
        yield "the headers are written as JSON", "every request fails ('Invalid header name')"
        return
    if "\\n" in value:
        yield (
            TWICE,
            "the two characters are sent as part of the first value",
            "write \\n once in JSON",
        )
    for line in value.splitlines():
        name, colon, content = line.partition(":")
        if not line.strip():
            continue
        if not colon:
            yield "a header line has no colon", "Claude Code drops it silently"
        elif not _NAME.fullmatch(name.strip()):
            yield (
                "a header name contains a character that is not allowed",
                "every request fails ('Invalid header name')",
            )
        elif not content.isascii():
            yield (
                "a header value contains a character outside ASCII (a typographic quote?)",
                "every request fails ('invalid value')",
            )
        elif _SECOND.search(content):
            yield "several headers are separated by commas", "they are sent as one header with a long value"
        elif name.strip().lower() == "anthropic-beta":
            yield "anthropic-beta cannot be set here", "Claude Code overrides it", "use ANTHROPIC_BETAS"
