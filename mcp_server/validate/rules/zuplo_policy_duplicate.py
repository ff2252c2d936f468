"""Two policies have the same name.

What: two entries of policies.json with one name.
Why: routes name policies by their name, so one of the two is never used. zuplo lint says nothing.
Fix: give each policy its own name.

Bad:
    {"policies": [
      {"name": "auth", "policyType": "api-key-inbound", "handler": {"export": "ApiKeyInboundPolicy"}},
      {"name": "auth", "policyType": "basic-auth-inbound", "handler": {"export": "BasicAuthInboundPolicy"}}
    ]}

Good:
    {"policies": [
      {"name": "key", "policyType": "api-key-inbound", "handler": {"export": "ApiKeyInboundPolicy"}},
      {"name": "basic", "policyType": "basic-auth-inbound", "handler": {"export": "BasicAuthInboundPolicy"}}
    ]}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-policy-duplicate"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for policy in zuplo(document).policies:
        node = policy.node.get("name")
        if policy.name is None or node is None:
            continue
        if policy.name in first:
            yield Problem(
                f"a policy called {policy.name} stands here a second time; the first is on line {first[policy.name]}",
                "routes name policies by their name, so one of the two is never used",
                "give this policy another name, or delete it",
                node.mark,
                f"{policy.path}.name",
            )
        first.setdefault(policy.name, node.mark.line)
