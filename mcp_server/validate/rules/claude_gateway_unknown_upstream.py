"""A model or price names an upstream that the file does not define.

What: a name under models[].upstream_model or pricing.overrides[].upstream that no entry of upstreams has.
Why: claude gateway refuses the file and exits. An upstream without name is called like its provider.
Fix: use the name of an upstream of this file, or give the upstream that name.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    models:
      - {id: claude-opus-5-5, upstream_model: {litellm: claude-opus-5-5}}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    models:
      - {id: claude-opus-5-5, upstream_model: {anthropic: claude-opus-5-5}}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import ClaudeGateway, gateway, text
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "claude-gateway-unknown-upstream"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    if not view.names_complete:
        return
    for path, model in view.items("models"):
        mapped = model.get("upstream_model")
        for entry in mapped if isinstance(mapped, Mapping) else ():
            yield from _judged(document, view, entry.name, entry.key, f"{path}.upstream_model.{entry.name}")
    for path, price in view.items("pricing.overrides"):
        node = price.get("upstream")
        name = text(node)
        if name:
            yield from _judged(document, view, name, node, f"{path}.upstream")


def _judged(document: Document, view: ClaudeGateway, name: str, node: object, path: str) -> Iterator[Problem]:
    names = sorted({u.name for u in view.upstreams if u.name})
    if name in names or not isinstance(node, Scalar):
        return
    close = close_name(name, names)
    yield Problem(
        f"no upstream is called {name}",
        "claude gateway 2.1.330 refuses the file ('references unknown upstream') and exits",
        f"write {close}" if close else f"use one of {', '.join(names)}, or add an upstream with name: {name}",
        node.mark,
        path,
        change=set_text(document, node, close, safe=evident(name, close)) if close else None,
    )
