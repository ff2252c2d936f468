"""A value in the env block is not text.

What: numbers, true or false, null, lists or objects in env.
Why: environment variables are text, and Claude Code makes text of whatever stands there: null becomes the word null
    ("Authorization: Bearer null" is sent), an object becomes [object Object].
Fix: put the value in quotes.

Bad:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": 1}
    }

Good:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": "1"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "env-value-not-string"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for variable in claude(document).env.values():
        node = variable.entry.value
        if isinstance(node, Scalar) and node.is_text:
            continue
        simple = isinstance(node, Scalar) and not node.is_null
        yield Problem(
            f"{variable.name} is {node.kind}, and must be text",
            "Claude Code takes it as the text it looks like; other readers of the file may refuse it"
            if simple
            else "Claude Code makes text of it (null becomes the word null), and uses that as the value",
            f'write "{variable.name}": "{variable.value}"'
            if simple
            else "write the value in quotes, or delete the entry",
            node.mark,
            variable.path,
            severity="warning" if simple else None,
            change=replace_node(node, f'"{variable.value}"', safe=True) if simple else None,
        )
