"""A rate limit is below what Claude Code sends.

What: rate-limit-inbound that allows fewer than 30 requests a minute, or one limit for all developers together.
Why: one session sends bursts: the turn itself, subagents, titles, and up to 10 retries of a failing request. Each
    refusal makes it wait and retry, so a low limit keeps itself busy.
Fix: allow 60 or more a minute for each user (rateLimitBy: user).

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "rate-limit-inbound",
          "handler": {
            "export": "RateLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"rateLimitBy": "user", "requestsAllowed": 2, "timeWindowMinutes": 1}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "rate-limit-inbound",
          "handler": {
            "export": "RateLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"rateLimitBy": "user", "requestsAllowed": 100, "timeWindowMinutes": 1}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import uses, zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-rate-limit-low"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
ENOUGH_A_MINUTE = 30


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    routes = view.neighbour(context) if view.policies else None
    for policy in view.policies:
        node = policy.options.get("requestsAllowed")
        allowed, minutes = scalar(node), scalar(policy.options.get("timeWindowMinutes"))
        if policy.type != "rate-limit-inbound" or uses(routes, policy) is False or node is None:
            continue
        if not isinstance(allowed, (int, float)) or not isinstance(minutes, (int, float)) or minutes <= 0:
            continue
        rate = allowed / minutes
        if rate < ENOUGH_A_MINUTE:
            shared = " for all developers together" if scalar(policy.options.get("rateLimitBy")) == "all" else ""
            yield Problem(
                f"{rate:,.4g} requests a minute are allowed{shared}",
                "one session of Claude Code sends more in bursts (subagents, titles, retries) and then waits on 429",
                "allow 60 or more a minute for each user",
                node.mark,
                f"{policy.path}.handler.options.requestsAllowed",
                confidence="high" if uses(routes, policy) else "medium",
            )
