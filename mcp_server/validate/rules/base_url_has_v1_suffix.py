"""The base URL contains a path that Claude Code appends itself.

What: ANTHROPIC_BASE_URL that ends in /v1, /v1/messages or /chat/completions.
Why: Claude Code appends /v1/messages: requests go to /v1/v1/messages, and the 404 is shown as a problem of the
    model.
Fix: end the URL before /v1.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com/v1"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
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

ID = "base-url-has-v1-suffix"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"

SUFFIX = re.compile(r"(/v1(/messages|/chat/completions|/completions)?|/chat/completions)/*$")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_FOUNDRY_BASE_URL"):
        variable = claude(document).variable(name)
        match = SUFFIX.search(variable.value.strip()) if variable else None
        if variable and match:
            better = variable.value.strip()[: match.start()]
            path = match[0].rstrip("/")
            yield Problem(
                f"{name} ends in {path}",
                f"Claude Code appends /v1/messages itself: requests go to {path}/v1/messages and answer 404, "
                "shown as a problem of the model",
                f"write {better}",
                variable.mark,
                variable.path,
                change=set_text(document, variable.entry.value, better, safe=True),
            )
