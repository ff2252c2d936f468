"""A route uses a policy that policies.json does not define.

What: a name under policies.inbound or policies.outbound of a route, or of a composite policy, that no policy has.
Why: zuplo lint refuses the project, and a deployment fails. Checked when policies.json lies beside the routes.
Fix: define the policy, or use the name of one that exists.

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "composite-inbound",
          "handler": {
            "export": "CompositeInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"policies": ["missing"]}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "composite-inbound",
          "handler": {
            "export": "CompositeInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"policies": []}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, Sequence, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "zuplo-policy-undefined"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    if view.sort == "policies":
        names = {p.name for p in view.policies if p.name}
        for policy in view.policies:
            listed = policy.options.get("policies") if (policy.type or "").startswith("composite-") else None
            for index, item in enumerate(listed.items if isinstance(listed, Sequence) else []):
                here = f"{policy.path}.handler.options.policies[{index}]"
                yield from _judged(document, text(item), item, here, names)
    elif view.sort == "routes" and (policies := view.neighbour(context)) is not None:
        names = {p.name for p in policies.policies if p.name}
        for route in view.routes:
            for name, item in (*route.named("inbound"), *route.named("outbound")):
                yield from _judged(document, name, item, f"{route.path}.policies", names)


def _judged(document: Document, name: str | None, node: Node, path: str, names: set[str]) -> Iterator[Problem]:
    if name is None or name in names:
        return
    close = close_name(name, names)
    yield Problem(
        f"no policy is called {name}",
        "zuplo lint refuses it ('referenced in route but not defined in policies.json'), and a deployment fails",
        f"write {close}" if close else f"define a policy with this name in policies.json, or remove {name} here",
        node.mark,
        path,
        change=set_text(document, node, close, safe=evident(name, close)) if close else None,
    )
