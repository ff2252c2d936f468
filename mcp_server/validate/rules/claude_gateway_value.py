"""A value that claude gateway does not accept.

What: a number out of range, text that is too short or not one of the allowed words, a URL without scheme, a network
    that is none, a reserved header, scopes without openid, a password that breaks the database URL.
Why: claude gateway refuses the file and exits.
Fix: write one of the values named in the finding.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, base_url: "gateway.example.com:4000", auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, base_url: "https://gateway.example.com:4000", auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, value
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.claude_gateway_values import refused
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.strict import Defect, as_number

ID = "claude-gateway-value"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file and exits"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    seen = set()
    for defect in view.defects:
        if defect.sort == "value":
            seen.add(defect.path)
            yield _problem(document, defect)
    for found in refused(view):
        if found.path not in seen:
            yield Problem(
                f"{found.path} must be {found.wanted}", WHY, f"write {found.wanted}", found.node.mark, found.path
            )
    port = view.node("listen.port")
    number = as_number(value(port)) if isinstance(port, Scalar) else None
    if port is not None and isinstance(number, (int, float)) and not 0 <= number <= 65535:
        why = "claude gateway fails when it starts to listen"
        yield Problem("listen.port is no port number", why, "write a number from 1 to 65535", port.mark, "listen.port")


def _problem(document: Document, defect: Defect) -> Problem:
    node = defect.node
    written = node.text if isinstance(node, Scalar) else ""
    close = close_name(written, defect.valid) if defect.valid and written else None
    said = f"{defect.path} must be {defect.wanted}"
    fix = f"write {close}" if close and evident(written, close) else f"write {defect.wanted}"
    change = set_text(document, node, close, safe=evident(written, close)) if close else None
    return Problem(said, WHY, fix, defect.mark, defect.path, change=change)
