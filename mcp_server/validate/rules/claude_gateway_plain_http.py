"""claude gateway talks plain http across the network.

What: an http:// base_url of an upstream, issuer or public_url whose host is not this machine.
Why: prompts, code, provider keys and sign-in tokens travel readable for everybody on the way. claude gateway accepts
    such addresses without a word.
Fix: use https://, or reach the other side through a tunnel or sidecar on this machine.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: anthropic
        base_url: http://litellm.example.com:4000
        auth: {api_key: "${ANTHROPIC_API_KEY}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: anthropic
        base_url: https://litellm.example.com:4000
        auth: {api_key: "${ANTHROPIC_API_KEY}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, text
from mcp_server.validate.kinds.claude_settings import host, is_local
from mcp_server.validate.problem import Problem

ID = "claude-gateway-plain-http"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    places = [
        (f"{u.path}.base_url", u.node.get("base_url"), "prompts, code and the provider's key are")
        for u in view.upstreams
    ]
    places.append(("oidc.issuer", view.node("oidc.issuer"), "the client secret and the tokens of sign-in are"))
    places.append(("listen.public_url", view.node("listen.public_url"), "prompts, code and sign-in tokens are"))
    for path, node, what in places:
        yield from _judged(path, node, what)


def _judged(path: str, node: Node | None, what: str) -> Iterator[Problem]:
    url = text(node)
    if node is None or url is None or not url.lower().startswith("http://"):
        return
    name = host(url)
    if name and not is_local(name):
        yield Problem(
            f"{path} uses plain http to {name}",
            f"{what} readable on the way",
            "use https://, or a tunnel that ends on this machine",
            node.mark,
            path,
        )
