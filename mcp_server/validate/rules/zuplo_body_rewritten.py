"""A policy changes or stores the bodies of Claude Code.

What: a semantic or response cache, a policy that sets or replaces bodies, masks or redacts text, or turns formats
    into each other. When routes.oas.json lies beside the file, only policies on Claude Code's route count.
Why: Claude Code sends beta fields that belong to its beta headers, and the provider caches prompts byte by byte: a
    changed body is refused or loses the cache, and a stored answer repeats old tool calls. Bodies are streams of
    events.
Fix: leave these policies off the route of Claude Code.

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "semantic-cache-inbound",
          "handler": {
            "export": "SemanticCacheInboundPolicy",
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
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import uses, zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-body-rewritten"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
#: Policy type to what it does to a request or answer.
POLICIES = {
    "semantic-cache-inbound": "answers from a cache of similar requests",
    "ai-gateway-semantic-cache-v2-inbound": "answers from a cache of similar requests",
    "caching-inbound": "answers from a cache",
    "set-body-inbound": "replaces the request's body",
    "replace-string-outbound": "replaces text in the answer",
    "formdata-to-json-inbound": "rewrites the request's body",
    "xml-to-json-outbound": "rewrites the answer",
    "data-loss-prevention-inbound": "may rewrite the request's body",
    "data-loss-prevention-outbound": "may rewrite the answer",
    "secret-masking-outbound": "rewrites the answer, and must hold the whole stream back to do so",
    "prompt-injection-outbound": "must hold the whole stream back to judge it",
    "ai-gateway-dlp-inbound": "may rewrite the request's body",
    "mock-api-inbound": "answers itself, without the provider",
    "change-method-inbound": "turns the request into another method",
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    routes = view.neighbour(context) if view.policies else None
    for policy in view.policies:
        does, used = POLICIES.get(policy.type or ""), uses(routes, policy)
        node = policy.node.get("policyType")
        if does is None or used is False or node is None:
            continue
        yield Problem(
            f"the policy {policy.name or policy.type} {does}",
            "Claude Code's requests are refused or lose the provider's prompt cache, or its answers stall",
            "leave it off the route of Claude Code (/v1/messages)",
            node.mark,
            f"{policy.path}.policyType",
            confidence="high" if used else "medium",
        )
