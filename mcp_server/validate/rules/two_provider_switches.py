"""Two providers are switched on at once.

What: more than one of CLAUDE_CODE_USE_BEDROCK, _VERTEX, _FOUNDRY, _ANTHROPIC_AWS and _MANTLE is on.
Why: Claude Code takes the first in its own order (Bedrock, Foundry, Anthropic on AWS, Mantle, Vertex) and ignores
    the others, whatever the file says first.
Fix: keep one switch; set the other to "" if a weaker file or the shell turns it on.

Bad:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_USE_BEDROCK": "1"}
    }

Good:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_USE_BEDROCK": ""}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.load import read_yaml
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "two-provider-switches"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    order = [p["switch"] for p in read_yaml("claude_code.yaml")["providers"] if "switch" in p]
    on = sorted(claude(document).switches, key=lambda v: order.index(v.name))
    for ignored in on[1:]:
        yield Problem(
            f"{ignored.name} and {on[0].name} are on at once",
            f"Claude Code follows {on[0].name} and ignores this one",
            f'delete {ignored.name}, or set the one that is not meant to ""',
            ignored.entry.key.mark,
            ignored.path,
        )
