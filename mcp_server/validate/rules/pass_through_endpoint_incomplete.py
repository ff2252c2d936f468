"""A pass-through endpoint lacks its path or target.

What: an entry of general_settings.pass_through_endpoints without path or target.
Why: LiteLLM does not start ('Path is required for pass-through endpoint').
Fix: give each entry path (on the gateway) and target (the URL behind it).

Bad:
    general_settings:
      pass_through_endpoints:
        - target: https://api.example.com

Good:
    general_settings:
      pass_through_endpoints:
        - path: /example
          target: https://api.example.com
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.nodes import Mapping, Sequence, is_empty
from mcp_server.validate.problem import Problem

ID = "pass-through-endpoint-incomplete"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = litellm(document).setting("general_settings", "pass_through_endpoints")
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        for key in ("path", "target"):
            if isinstance(item, Mapping) and is_empty(item.get(key)):
                yield Problem(
                    f"this pass-through endpoint has no {key}",
                    "LiteLLM does not start ('Path is required for pass-through endpoint')"
                    if key == "path"
                    else "LiteLLM starts, and the route leads nowhere",
                    f"add {key}:",
                    item.mark,
                    f"general_settings.pass_through_endpoints[{index}].{key}",
                    severity=None if key == "path" else "warning",
                )
