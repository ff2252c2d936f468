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
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "pass-through-endpoint-incomplete"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
TAKEN = ("/v1/messages", "/v1/messages/count_tokens", "/v1/models")


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = litellm(document).setting("general_settings", "pass_through_endpoints")
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        path, headers = (item.get(k) if isinstance(item, Mapping) else None for k in ("path", "headers"))
        if path is not None and not is_empty(path) and text(path) is None:
            yield Problem(
                f"path is {path.kind}, and must be text",
                "LiteLLM does not start",
                "write path: /NAME",
                path.mark,
                f"general_settings.pass_through_endpoints[{index}].path",
            )
        if text(path) in TAKEN and path is not None:
            yield Problem(
                f"{text(path)} is the path that Claude Code calls",
                "LiteLLM passes the requests on as they are: no model of this file answers them",
                "choose another path",
                path.mark,
                f"general_settings.pass_through_endpoints[{index}].path",
            )
        if headers is not None and not is_empty(headers) and not isinstance(headers, Mapping):
            yield Problem(
                f"headers is {headers.kind}, and must be a mapping",
                "LiteLLM does not start",
                "write NAME: VALUE lines",
                headers.mark,
                f"general_settings.pass_through_endpoints[{index}].headers",
            )
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
