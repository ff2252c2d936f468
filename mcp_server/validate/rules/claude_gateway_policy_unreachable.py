"""A policy of a claude gateway file is never used.

What: policies after one that matches everybody (match is empty or absent).
Why: the first policy that matches counts. claude gateway starts with a warning in its log, and the later policies serve
    nobody.
Fix: move the policy that matches everybody to the end.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    managed:
      policies:
        - cli: {model: opus}
        - {match: {groups: [interns]}, cli: {model: haiku}}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    managed:
      policies:
        - {match: {groups: [interns]}, cli: {model: haiku}}
        - cli: {model: opus}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway
from mcp_server.validate.problem import Problem

ID = "claude-gateway-policy-unreachable"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    everybody: int | None = None
    for path, policy in gateway(document).items("managed.policies"):
        if everybody is not None:
            yield Problem(
                f"{path} is never used: the policy on line {everybody} matches everybody",
                "the first policy that matches counts, so nobody is served this one",
                "move the policy that matches everybody to the end, or give it a match",
                policy.mark,
                path,
            )
        match = policy.get("match")
        empty = match is None or (isinstance(match, Mapping) and "groups" not in match and "email_domain" not in match)
        if empty and everybody is None:
            everybody = policy.mark.line
