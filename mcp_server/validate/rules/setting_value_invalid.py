"""A setting of Claude Code has a value of the wrong type, or none of the known values.

What: text where a list, a number or true belongs; an unknown permission mode; an object that lacks a required key.
    Types and values come from the client's own schema, per version.
Why: one wrong value makes Claude Code ignore the whole file, base URL, credentials and permission rules with it, and
    `claude -p` does not say so. In managed settings, and for some keys, only the key itself is ignored.
Fix: write the value in the form named; `claude doctor` lists the same problems.

Bad:
    {
      "permissions": {"allow": "Bash(ls:*)"},
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }

Good:
    {
      "permissions": {"allow": ["Bash(ls:*)"]},
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import key_versions, schemas, versions
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.json_schema import Violation, violations
from mcp_server.validate.schemas.names import close_name
from mcp_server.validate.schemas.settings_values import OTHERS, loses_file

ID = "setting-value-invalid"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    newest = versions()[0]
    for entry in claude(document).root:
        readers = key_versions().get(entry.name, ())
        version = newest if newest in readers else (readers or ("",))[0]
        schema = schemas().get(version, {}).get("properties", {}).get(entry.name)
        if schema is None:
            continue
        for found in violations(schema, entry.value, entry.name):
            if not OTHERS.match(found.path):
                yield _problem(found, context, tuple(v for v in versions() if v in readers))


def _problem(found: Violation, context: Context, readers: tuple[str, ...]) -> Problem:
    losing = () if context.scope == "managed" else tuple(v for v in readers if loses_file(v, found))
    if not losing:
        why = "Claude Code ignores this entry; the rest of the file counts"
    elif losing == readers:
        why = "Claude Code ignores the whole file because of it, everything else in it included, and -p does not say so"
    else:
        kept = ", ".join(v for v in readers if v not in losing)
        why = f"Claude Code {', '.join(losing)} ignores the whole file because of it, {kept} this entry alone"
    name = found.path.rpartition(".")[2]
    if found.key:
        problem = f"{name} is none of the names that may stand here"
    elif isinstance(found.node, Scalar) and found.node.is_text and found.choices:
        problem = f"{found.path} is {found.node.text[:60]!r}, and must be {found.expected}"
    else:
        problem = f"{found.path} is {found.node.kind}, and must be {found.expected}"
    meant = close_name(str(getattr(found.node, "text", "")), found.choices, 0.6) if found.choices else None
    return Problem(
        problem,
        why,
        f"write {meant}" if meant else f"write {found.expected}, or delete the entry",
        found.node.mark,
        found.path,
        severity=None if versions()[0] in losing else "warning",
        change=_unquoted(found),
    )


def _unquoted(found: Violation) -> Change | None:
    """``"true"`` and ``"30"`` where a truth value or a number belongs."""
    node = found.node
    if not isinstance(node, Scalar) or not node.is_text:
        return None
    if found.expected == "true or false" and node.text.lower() in ("true", "false"):
        return replace_node(node, node.text.lower())
    if found.expected in ("a whole number", "a number") and re.fullmatch(r"-?(0|[1-9]\d{0,14})", node.text):
        return replace_node(node, node.text)
    return None
