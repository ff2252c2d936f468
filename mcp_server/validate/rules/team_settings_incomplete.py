"""A default team setting has no team_id.

What: an entry of litellm_settings.default_team_settings without team_id.
Why: LiteLLM does not start ('team_id missing from default_team_settings').
Fix: add team_id.

Bad:
    litellm_settings:
      default_team_settings:
        - success_callback: [langfuse]

Good:
    litellm_settings:
      default_team_settings:
        - team_id: research
          success_callback: [langfuse]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "team-settings-incomplete"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = litellm(document).setting("litellm_settings", "default_team_settings")
    if node is not None and not isinstance(node, Sequence):
        yield Problem(
            f"default_team_settings is {node.kind}, and must be a list of mappings",
            "LiteLLM does not start",
            "write '- team_id: ID' with the settings of the team below it",
            node.mark,
            "litellm_settings.default_team_settings",
        )
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if not isinstance(item, Mapping) or text(item.get("team_id")) is None:
            yield Problem(
                "this team setting has no team_id that is text",
                "LiteLLM does not start ('team_id missing from default_team_settings')",
                "add team_id: ID (in quotes when it is a number)",
                item.mark,
                f"litellm_settings.default_team_settings[{index}]",
            )
