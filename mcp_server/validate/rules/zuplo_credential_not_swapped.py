"""The developer's credential goes on to the provider.

What: a route of Claude Code that forwards to another host, and no policy on it that removes or replaces
    Authorization, or none that sets the provider's key.
Why: the developer's gateway token leaves the company, and the provider refuses the request: it knows no such key.
Fix: add remove-headers-inbound for authorization and x-api-key, then set-headers-inbound with x-api-key: $env(NAME).

Bad:
    {
      "openapi": "3.1.0",
      "paths": {
        "/v1/messages": {
          "post": {
            "x-zuplo-route": {
              "handler": {"export": "urlForwardHandler", "module": "$import(@zuplo/runtime)", "options": {"baseUrl": "https://api.anthropic.com"}},
              "policies": {"inbound": []}
            }
          }
        }
      }
    }

Good:
    {
      "openapi": "3.1.0",
      "paths": {
        "/v1/messages": {
          "post": {
            "x-zuplo-route": {
              "handler": {"export": "urlForwardHandler", "module": "$import(@zuplo/runtime)", "options": {"baseUrl": "https://api.anthropic.com"}},
              "policies": {"inbound": ["swap-key"]}
            }
          }
        }
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import MESSAGES, Policy, Route, zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-credential-not-swapped"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
#: Policies that set a credential of their own for the upstream, with the headers they write.
SETS = {
    "set-upstream-api-key-inbound",
    "upstream-gcp-service-auth-inbound",
    "upstream-gcp-jwt-inbound",
    "upstream-gcp-federated-auth-inbound",
    "upstream-aws-service-auth-inbound",
    "upstream-aws-federated-auth-inbound",
    "upstream-azure-ad-service-auth-inbound",
    "upstream-oauth-client-credentials-inbound",
    "upstream-zuplo-jwt-auth-inbound",
    "custom-code-inbound",
    "clear-headers-inbound",
    "composite-inbound",
}
CREDENTIALS = {"authorization", "x-api-key"}
WHY = "the developer's gateway token leaves for the provider, which knows no such key and answers 401"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    routes = [r for r in view.routes if r.url.endswith(MESSAGES) and r.method == "post" and _forwards(r)]
    if not routes:
        return
    known = view.neighbour(context)
    policies = {p.name: p for p in known.policies} if known is not None else None
    for route in routes:
        names = [name for name, _ in route.named("inbound")]
        if not names:
            yield _problem(route, "no policy of this route swaps the developer's credential for the provider's key")
        elif policies is not None and all(name in policies for name in names):
            used = [policies[name] for name in names]
            if any(p.type in SETS or p.type is None for p in used):
                continue
            written, removed = _written(used), _removed(used)
            if not (written | removed) & {"authorization"}:
                yield _problem(route, "no policy of this route removes or replaces the header authorization")
            elif not written & CREDENTIALS:
                yield _problem(route, "no policy of this route sets the provider's key")


def _forwards(route: Route) -> bool:
    return text(route.handler.get("export")) in ("urlForwardHandler", "urlRewriteHandler")


def _written(policies: list[Policy]) -> set[str]:
    found = set()
    for policy in policies:
        listed = policy.options.get("headers") if policy.type == "set-headers-inbound" else None
        for item in listed.items if isinstance(listed, Sequence) else []:
            if isinstance(item, Mapping) and (name := text(item.get("name"))):
                found.add(name.lower())
    return found


def _removed(policies: list[Policy]) -> set[str]:
    found = set()
    for policy in policies:
        listed = policy.options.get("headers") if policy.type == "remove-headers-inbound" else None
        found |= {
            name.lower() for item in (listed.items if isinstance(listed, Sequence) else []) if (name := text(item))
        }
    return found


def _problem(route: Route, what: str) -> Problem:
    fix = "add remove-headers-inbound (authorization, x-api-key), then set-headers-inbound with x-api-key: $env(NAME)"
    return Problem(what, WHY, fix, route.node.mark, f"{route.path}.policies.inbound")
