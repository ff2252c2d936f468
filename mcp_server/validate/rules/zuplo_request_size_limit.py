"""A limit on the size of requests stops Claude Code.

What: request-size-limit-inbound with maxSizeInBytes below what a long conversation needs.
Why: the first request of Claude Code has 50 to 90 KB and each turn adds to it, up to the 32 MB that the provider
    accepts. Beyond the limit the session ends with 413.
Fix: set maxSizeInBytes to 33554432.

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "request-size-limit-inbound",
          "handler": {
            "export": "RequestSizeLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"maxSizeInBytes": 1000000}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "request-size-limit-inbound",
          "handler": {
            "export": "RequestSizeLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"maxSizeInBytes": 33554432}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import uses, zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-request-size-limit"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
ENOUGH = 32 * 1024 * 1024
#: Below this not even the first request passes.
FIRST_REQUEST = 90_000


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    routes = view.neighbour(context) if view.policies else None
    for policy in view.policies:
        node = policy.options.get("maxSizeInBytes")
        limit = scalar(node)
        if policy.type != "request-size-limit-inbound" or uses(routes, policy) is False or node is None:
            continue
        if isinstance(limit, (int, float)) and not isinstance(limit, bool) and limit < ENOUGH * 0.9:
            yield Problem(
                f"requests of more than {limit:,} bytes are refused",
                "not even the first request of Claude Code (50 to 90 KB) passes"
                if limit < FIRST_REQUEST
                else "a conversation grows with every turn, and ends with 413 at this size",
                f"write {ENOUGH}, the most that the provider accepts",
                node.mark,
                f"{policy.path}.handler.options.maxSizeInBytes",
                severity="error" if limit < FIRST_REQUEST else None,
                confidence="high" if uses(routes, policy) else "medium",
                change=replace_node(node, str(ENOUGH)),
            )
