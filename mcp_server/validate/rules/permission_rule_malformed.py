"""A permission rule of Claude Code is not read.

What: unbalanced or empty parentheses, a tool name in lower case, a URL in WebFetch, * as an allow rule, an MCP rule
    with parentheses, an entry that is no text.
Why: Claude Code skips the rule and keeps the others: what should be denied is not denied.
Fix: write Tool or Tool(content), e.g. Bash(npm run test:*), WebFetch(domain:example.com), mcp__server__tool.

Bad:
    {
      "permissions": {"deny": ["Bash(curl:*"]}
    }

Good:
    {
      "permissions": {"deny": ["Bash(curl:*)"]}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "permission-rule-malformed"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "warning"

LISTS = ("allow", "deny", "ask")


def check(document: Document, context: Context) -> Iterator[Problem]:
    permissions = claude(document).root.get("permissions")
    for name in LISTS:
        rules = permissions.get(name) if isinstance(permissions, Mapping) else None
        for index, rule in enumerate(rules.items if isinstance(rules, Sequence) else ()):
            said = _wrong(rule, name)
            if said:
                effect = "what it should forbid stays allowed" if name == "deny" else "the others of the list count"
                yield Problem(
                    said[0],
                    f"Claude Code skips the rule without a word in -p; {effect}",
                    said[1],
                    rule.mark,
                    f"permissions.{name}[{index}]",
                )


def _wrong(rule: Node, group: str) -> tuple[str, str] | None:
    """Measured with ``claude doctor`` of 2.1.330, which lists the rules that it skips."""
    if not isinstance(rule, Scalar) or not rule.is_text:
        return f"the rule is {rule.kind}, and must be text", 'write it in quotes: "Tool" or "Tool(content)"'
    text = rule.text
    tool, opened, _ = text.partition("(")
    if not text.strip():
        return "the rule is empty", "delete it"
    if opened and not text.endswith(")"):
        return f"the rule {text[:60]!r} does not end at the closing parenthesis", "end it with )"
    if opened and text.endswith("()"):
        return f"the parentheses of {text[:60]!r} are empty", f"write {tool} alone, or what it covers"
    if tool.startswith("mcp__"):
        if opened:
            return "a rule for an MCP tool takes no parentheses", f"write {tool}, or {tool}__* for all its tools"
    elif text == "*" and group == "allow":
        return "* is no allow rule", "name the tools, or set permissions.defaultMode"
    elif re.match("[a-z]", tool):
        return f"the tool {tool[:40]} begins with a small letter", f"write {tool[:1].upper()}{tool[1:]}"
    elif tool == "WebFetch" and "://" in text:
        return "WebFetch takes no URL", "write WebFetch(domain:HOST)"
    return None
