"""A sign-in to claude gateway ends at once, or hardly ever.

What: session.ttl_hours is 0, negative or empty, or longer than a month.
Why: claude gateway accepts any number. With 0 each token has run out when it is handed out, so no request gets through;
    a very long one keeps working after its owner has left.
Fix: use hours: 1 is the default, 8 to 24 are usual.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}", ttl_hours: 0}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}", ttl_hours: 8}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, value
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.strict import as_number

ID = "claude-gateway-session-length"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"
LONG_HOURS = 24 * 31


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = gateway(document).node("session.ttl_hours")
    hours = as_number(value(node)) if isinstance(node, Scalar) else None
    if node is None or not isinstance(hours, (int, float)):
        return
    if hours <= 0:
        why = "each token has run out when it is handed out, so no request gets through"
        yield Problem("session.ttl_hours is not positive", why, "write 8, say", node.mark, "session.ttl_hours")
    elif hours > LONG_HOURS:
        yield Problem(
            f"session.ttl_hours lets a sign-in last {hours / 24:,.0f} days",
            "a copied token, or one of somebody who has left, keeps working that long",
            "write 24 or less: clients refresh their sign-in by themselves",
            node.mark,
            "session.ttl_hours",
            severity="info",
        )
