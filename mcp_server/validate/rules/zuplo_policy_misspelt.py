"""A policy names a type, export or module that Zuplo does not have.

What: a policyType that is no built-in policy, an export that does not belong to it, or a misspelt $import(...).
Why: zuplo lint says nothing about it, and the policy cannot be loaded: the deployment or the requests of its routes
    fail.
Fix: use the names of one built-in policy; a module of your own is custom-code-inbound with $import(./modules/NAME).

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "remove-headers-inbound",
          "handler": {
            "export": "RemoveHeaderInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"headers": ["authorization"]}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "remove-headers-inbound",
          "handler": {
            "export": "RemoveHeadersInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"headers": ["authorization"]}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import HANDLERS, RUNTIME, known_policies, zuplo
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "zuplo-policy-misspelt"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
WHY = "zuplo lint 7.4.5 says nothing about it, and what it names cannot be loaded"
OWN = "$import(./"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    exports = {policy["export"]: kind for kind, policy in known_policies().items()}
    for policy in view.policies:
        module = text(policy.handler.get("module"))
        if module is not None and module.startswith(OWN):
            continue
        known = known_policies().get(policy.type or "")
        if policy.type is not None and known is None:
            meant = exports.get(text(policy.handler.get("export")) or "") or close_name(policy.type, known_policies())
            what = f"Zuplo has no policy of the type {policy.type}"
            yield _problem(document, policy.node.get("policyType"), what, meant, f"{policy.path}.policyType")
        if known is not None and "YOUR_" not in str(known["export"]):
            for key, right in (("export", known["export"]), ("module", known["module"])):
                node = policy.handler.get(key)
                if text(node) not in (None, right):
                    what = f"the {key} of a {policy.type} policy is {right}"
                    yield _problem(document, node, what, str(right), f"{policy.path}.handler.{key}")
    for route in view.routes:
        yield from _handler(document, route.handler, f"{route.path}.handler")


def _handler(document: Document, handler: Mapping, path: str) -> Iterator[Problem]:
    module, export = text(handler.get("module")), text(handler.get("export"))
    if module is not None and not module.startswith((OWN, "$import(@")):
        what = f"{module} imports nothing: the form is $import(...)"
        yield _problem(document, handler.get("module"), what, RUNTIME, f"{path}.module")
    elif module is not None and module != RUNTIME and module.startswith("$import(@zuplo/"):
        close = close_name(module, (RUNTIME,))
        if close:
            yield _problem(document, handler.get("module"), f"there is no module {module}", close, f"{path}.module")
    elif module == RUNTIME and export is not None and export not in HANDLERS:
        close = close_name(export, HANDLERS)
        what = f"the runtime has no handler {export}"
        yield _problem(document, handler.get("export"), what, close, f"{path}.export")


def _problem(document: Document, node: Node | None, what: str, right: str | None, path: str) -> Problem:
    written = text(node) or ""
    change = set_text(document, node, right, safe=evident(written, right)) if right else None
    fix = f"write {right}" if right else "use a built-in name, or $import(./modules/NAME) with an export of your own"
    return Problem(what, WHY, fix, node.mark if node else None, path, change=change)
