"""A policy is not used by any route.

What: a policy of policies.json that neither routes.oas.json nor a composite policy names. Checked when
    routes.oas.json lies beside it; a policy without a name can be used by nothing.
Why: what it should do (ask for a key, limit requests) is not done.
Fix: name it in policies.inbound or policies.outbound of the routes, or delete it.

Bad:
    {
      "policies": [
        {
          "policyType": "api-key-inbound",
          "handler": {
            "export": "ApiKeyInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "api-key-inbound",
          "handler": {
            "export": "ApiKeyInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-policy-unused"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    if view.sort != "policies":
        return
    routes = view.neighbour(context)
    used = {name for r in (routes.routes if routes else ()) for name, _ in (*r.named("inbound"), *r.named("outbound"))}
    for policy in view.policies:
        listed = policy.options.get("policies")
        used |= {name for item in (listed.items if isinstance(listed, Sequence) else []) if (name := text(item))}
    for policy in view.policies:
        if "name" not in policy.node or (routes is not None and policy.name is not None and policy.name not in used):
            yield Problem(
                f"no route uses the policy {policy.name}"
                if policy.name
                else "this policy has no name, so nothing can use it",
                "what it should do is not done",
                "name it under policies.inbound or policies.outbound of a route, or delete it",
                policy.node.mark,
                policy.path,
                severity="info" if policy.name else None,
                confidence="medium",
            )
