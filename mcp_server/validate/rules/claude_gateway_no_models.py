"""A claude gateway serves no model.

What: auto_include_builtin_models is false and models is empty or absent.
Why: claude gateway starts, and every request is answered with 400 "not in the operator's model allowlist".
Fix: list the models under models, or delete auto_include_builtin_models.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    auto_include_builtin_models: false

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    auto_include_builtin_models: false
    models:
      - {id: claude-opus-5-5, upstream_model: {anthropic: claude-opus-5-5}}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, value
from mcp_server.validate.problem import Problem

ID = "claude-gateway-no-models"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    switch, models = view.node("auto_include_builtin_models"), view.root.get("models")
    if not isinstance(switch, Scalar) or value(switch) is not False:
        return
    if models is None or (isinstance(models, Sequence) and not models.items):
        yield Problem(
            "the built-in models are switched off, and models lists none",
            "claude gateway starts and answers every request with 400: the model is not in its allowlist",
            "list models (id and upstream_model), or delete auto_include_builtin_models",
            switch.mark,
            "auto_include_builtin_models",
        )
