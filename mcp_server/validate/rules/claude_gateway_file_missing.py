"""A file that claude gateway reads does not exist.

What: listen.tls.cert and key, the service account of google_groups or of a Vertex upstream, an identity token file, or
    managed.settings that is not there.
Why: claude gateway refuses to start without its certificate or the service account of google_groups. It starts without
    the others: requests to that upstream fail, or no settings are served.
Fix: correct the path, or create the file where the gateway runs.

Bad:
    listen: {host: 127.0.0.1, tls: {cert: /etc/missing/tls.crt, key: /etc/missing/tls.key}}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1, tls: {cert: /etc/gateway/tls.crt, key: /etc/gateway/tls.key}}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, text
from mcp_server.validate.problem import Problem

ID = "claude-gateway-file-missing"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"
STOPS = "claude gateway refuses to start when the file is missing where it runs"
FAILS = "claude gateway starts all the same, and requests to this upstream fail"
NONE = "claude gateway starts all the same and serves no settings"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    places: list[tuple[str, Node | None, str]] = [
        ("listen.tls.cert", view.node("listen.tls.cert"), STOPS),
        ("listen.tls.key", view.node("listen.tls.key"), STOPS),
        (
            "oidc.google_groups.service_account_json_path",
            view.node("oidc.google_groups.service_account_json_path"),
            STOPS,
        ),
        ("managed.settings", view.node("managed.settings"), NONE),
    ]
    for upstream in view.upstreams:
        auth = upstream.node.get("auth")
        for entry in auth if isinstance(auth, Mapping) else ():
            if entry.name in ("service_account_json", "identity_token_file"):
                places.append((f"{upstream.path}.auth.{entry.name}", entry.value, FAILS))
    for path, node, why in places:
        file = text(node)
        if node is not None and file and not file.lstrip().startswith("{") and context.missing_file(file):
            fix = "correct the path, or create the file (in a container it may exist)"
            yield Problem(f"the file of {path} does not exist here", why, fix, node.mark, path, confidence="medium")
