"""A policy holds something that is no managed setting of Claude Code.

What: an unknown or misspelt settings key, a value of the wrong type, or mcpServers in a policy of managed.policies.
Why: claude gateway checks each policy before it starts to listen, refuses the file and exits.
Fix: use the nearest settings key; MCP servers are managedMcpServers.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    managed:
      policies:
        - match: {}
          cli: {availableModel: [opus]}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
    managed:
      policies:
        - match: {}
          cli: {availableModels: [opus]}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence
from mcp_server.document.structure import rename_key
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import data, gateway, value
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.strict import Unknown

ID = "claude-gateway-policy-setting"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file before it starts to listen"
#: Where the settings of a policy stand; the three are names of one thing.
BLOCKS = ("cli", "code", "settings")
TYPES = {"string": "text", "boolean": "true or false", "number": "a number", "array": "a list"} | dict.fromkeys(
    ("object", "record"), "a mapping"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    known: dict[str, str] = data()["policy_settings"]
    for path, policy in gateway(document).items("managed.policies"):
        for block in BLOCKS:
            settings = policy.get(block)
            for entry in settings if isinstance(settings, Mapping) else ():
                here = f"{path}.{block}.{entry.name}"
                if entry.name == "mcpServers":
                    yield Problem(
                        "mcpServers is no managed setting",
                        WHY,
                        "write managedMcpServers (http and sse servers only)",
                        entry.key.mark,
                        here,
                        change=rename_key(document, entry, "managedMcpServers"),
                    )
                elif entry.name not in known:
                    yield _unknown(document, entry, here, known)
                elif not _fits(entry.value, known[entry.name]):
                    wanted = TYPES[known[entry.name]]
                    mark = entry.value.mark
                    yield Problem(f"{entry.name} must be {wanted}", WHY, f"write {wanted}", mark, here)


def _unknown(document: Document, entry: Entry, path: str, known: dict[str, str]) -> Problem:
    close = close_name(entry.name, known)
    return Problem(
        f"Claude Code 2.1.330 has no setting {entry.name}",
        f"{WHY} ('unknown settings key')",
        f"write {close}" if close else "delete it; environment variables belong into env",
        entry.key.mark,
        path,
        change=rename_key(document, entry, close, safe=evident(entry.name, close)) if close else None,
    )


def _fits(node: Node, wanted: str) -> bool:
    if wanted in ("object", "record"):
        return isinstance(node, Mapping)
    if wanted == "array":
        return isinstance(node, Sequence)
    if wanted not in ("string", "boolean", "number"):
        return True
    known = value(node) if isinstance(node, Scalar) else node
    if isinstance(known, bool):
        return wanted == "boolean"
    if isinstance(known, (int, float)):
        return wanted == "number"
    return wanted == "string" and isinstance(known, (str, Unknown))
