"""A base URL carries a query, a fragment or credentials.

What: ?key=..., #... or user:password@ in ANTHROPIC_BASE_URL or the base URL of a provider.
Why: Claude Code puts its path behind whatever stands there: a query or fragment swallows /v1/messages, so no request
    reaches the right endpoint. User and password in the URL are dropped and not sent (both measured).
Fix: write scheme, host, port and path only; send a key with ANTHROPIC_AUTH_TOKEN or ANTHROPIC_CUSTOM_HEADERS.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com/anthropic?team=research"}
    }

Good:
    {
      "env": {
        "ANTHROPIC_BASE_URL": "https://gateway.example.com/anthropic",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Team: research"
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude, split
from mcp_server.validate.problem import Problem

ID = "base-url-extra-parts"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for variable in claude(document).base_urls:
        parts = split(variable.value)
        if parts is None or variable.is_reference:
            continue
        for sign, present, what in (("?", parts.query, "query"), ("#", parts.fragment, "fragment")):
            if present:
                yield Problem(
                    f"{variable.name} has a {what} ({sign}...)",
                    f"Claude Code appends its path behind the {what}, so requests never reach /v1/messages",
                    f"end the URL before the {sign}; headers go into ANTHROPIC_CUSTOM_HEADERS",
                    variable.mark,
                    variable.path,
                )
        if parts.username or parts.password:
            yield Problem(
                f"{variable.name} holds a user name or password",
                "Claude Code does not send them, and whoever sees the URL in a log has them",
                "delete them; use ANTHROPIC_AUTH_TOKEN, or an Authorization line in ANTHROPIC_CUSTOM_HEADERS",
                variable.mark,
                variable.path,
                severity="warning",
            )
