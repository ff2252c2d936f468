"""claude gateway does not talk to its own machine by default.

What: a base_url, issuer or telemetry URL with localhost or 127.0.0.1, while CLAUDE_GATEWAY_ALLOW_LOOPBACK=1 is not set.
Why: claude gateway refuses the file, and its message does not say so: "base_url targets a metadata endpoint". A LiteLLM
    beside the gateway is the usual case.
Fix: set CLAUDE_GATEWAY_ALLOW_LOOPBACK=1 in the environment that starts claude gateway, or use the machine's own name.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: anthropic
        base_url: http://127.0.0.1:4000
        auth: {api_key: "${LITELLM_KEY}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: anthropic
        base_url: https://litellm.example.com
        auth: {api_key: "${LITELLM_KEY}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, text
from mcp_server.validate.kinds.claude_settings import host, is_local
from mcp_server.validate.problem import Problem

ID = "claude-gateway-loopback-refused"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"
SWITCH = "CLAUDE_GATEWAY_ALLOW_LOOPBACK"


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.environment is None or context.environment.get(SWITCH) == "1":
        return
    view = gateway(document)
    places = [(f"{u.path}.base_url", u.node.get("base_url")) for u in view.upstreams]
    places += [(f"oidc.{key}", view.node(f"oidc.{key}")) for key in ("issuer", "discovery_url")]
    places += [(f"{path}.url", target.get("url")) for path, target in view.items("telemetry.forward_to")]
    for path, node in places:
        name = host(text(node) or "")
        if node is not None and name and is_local(name):
            yield Problem(
                f"{path} leads to this machine, which claude gateway refuses without {SWITCH}=1",
                "claude gateway 2.1.330 refuses the file (it says 'targets a metadata endpoint') and exits",
                f"set {SWITCH}=1 in the environment that starts claude gateway (it is not set here)",
                node.mark,
                path,
                confidence="high" if view.runs_here(context) else "medium",
            )
