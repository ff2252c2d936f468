"""Two credentials are configured at once.

What: ANTHROPIC_AUTH_TOKEN and ANTHROPIC_API_KEY, or apiKeyHelper beside one of them.
Why: Claude Code sends both headers (Authorization and x-api-key); gateways take the one you did not mean, or
    refuse.
Fix: keep one: ANTHROPIC_AUTH_TOKEN for gateways with Bearer keys (LiteLLM), apiKeyHelper for keys that change.

Bad:
    {
      "apiKeyHelper": "print-key",
      "env": {"ANTHROPIC_AUTH_TOKEN": "placeholder"}
    }

Good:
    {
      "apiKeyHelper": "print-key"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "two-credentials"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    variables = [v for n in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY") if (v := settings.variable(n))]
    names = [v.name for v in variables] + (["apiKeyHelper"] if settings.key("apiKeyHelper") else [])
    if len(names) > 1:
        yield Problem(
            f"{' and '.join(names)} are set at once",
            "Claude Code sends both Authorization and x-api-key, and a gateway may take the one you did not mean",
            f"keep one of them and delete the other{'s' if len(names) > 2 else ''}",
            variables[-1].entry.key.mark,
            variables[-1].path,
        )
    for variable in variables:
        if variable.value.strip().lower().startswith("bearer "):
            yield Problem(
                f"{variable.name} starts with the word Bearer",
                "Claude Code adds Bearer itself, so 'Bearer Bearer ...' is sent and refused",
                "write the token alone",
                variable.mark,
                variable.path,
                severity="error",
            )
        elif len(variable.value.split()) > 1:
            yield Problem(
                f"{variable.name} contains a blank or a line break",
                "Claude Code refuses to send it ('Invalid auth token')",
                "write the token in one piece",
                variable.mark,
                variable.path,
                severity="error",
            )
