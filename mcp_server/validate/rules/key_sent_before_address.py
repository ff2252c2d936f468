"""The gateway's address stands in a project's settings, and the key in the shell.

What: ANTHROPIC_BASE_URL in .claude/settings.json or .claude/settings.local.json, while ANTHROPIC_API_KEY is set in the
    shell and ANTHROPIC_BASE_URL is not.
Why: Claude Code reads a project's settings only after it has asked api.anthropic.com for policies, with that key. The
    gateway's key goes to Anthropic, and where that host is blocked the start waits up to 20 s (measured with 2.1.330
    and 2.1.197; not with ANTHROPIC_AUTH_TOKEN).
Fix: export ANTHROPIC_BASE_URL beside the key, or keep both in ~/.claude/settings.json.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"},
      "statusLine": {"type": "command", "command": "show ${ANTHROPIC_API_KEY}"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"},
      "statusLine": {"type": "command", "command": "show ${ANTHROPIC_AUTH_TOKEN}"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "key-sent-before-address"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.scope not in ("project", "local") or context.is_set("ANTHROPIC_BASE_URL"):
        return
    address = claude(document).gateway
    if address is None or not context.is_set("ANTHROPIC_API_KEY"):
        return
    yield Problem(
        "the gateway's address is read only after ANTHROPIC_API_KEY of the shell was sent to api.anthropic.com",
        "Claude Code asks there for policies before it reads a project's settings; where that host is blocked, the "
        "start waits up to 20 s",
        "export ANTHROPIC_BASE_URL beside the key, or move both to ~/.claude/settings.json",
        address.entry.key.mark,
        address.path,
    )
