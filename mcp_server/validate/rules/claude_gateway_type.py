"""A value of the wrong type in a claude gateway file.

What: text where a number, a list or true/false belongs, an empty value, or a ${NAME} reference where only true, false
    or a number may stand. yes, no, on and off are text to claude gateway.
Why: claude gateway refuses the file and exits.
Fix: write a value of the right type; a key that is not needed is left out, never left empty.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    auto_include_builtin_models: yes
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    auto_include_builtin_models: true
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Node, Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import VARIABLE, gateway, value
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.strict import Defect

ID = "claude-gateway-type"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file and exits"
_TRUTH = {"yes": "true", "on": "true", "y": "true", "true": "true", "no": "false", "off": "false", "n": "false"} | {
    "false": "false"
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for defect in gateway(document).defects:
        if defect.sort == "type":
            yield _problem(defect)


def _problem(defect: Defect) -> Problem:
    node, place = defect.node, defect.path or "the file"
    if isinstance(node, Scalar) and VARIABLE.search(node.text):
        return Problem(
            f"{place} takes no reference: {defect.wanted} must stand there",
            f"what a reference gives is text; {WHY}",
            f"write {defect.wanted} itself",
            defect.mark,
            defect.path,
        )
    if isinstance(node, Scalar) and value(node) is None:
        fix = f"write {defect.wanted}, or delete the key"
        return Problem(f"{place} is empty, and must be {defect.wanted}", WHY, fix, defect.mark, defect.path)
    return Problem(
        f"{place} is {kind_of(node)}, and must be {defect.wanted}",
        WHY,
        f"write {defect.wanted}",
        defect.mark,
        defect.path,
        change=_change(defect),
    )


def kind_of(node: Node) -> str:
    """What the program's parser makes of the node; YAML 1.2, where yes is text."""
    if not isinstance(node, Scalar):
        return node.kind
    known = value(node)
    if isinstance(known, bool):
        return f"the truth value {str(known).lower()}"
    return "a number" if isinstance(known, (int, float)) else "text"


def _change(defect: Defect) -> Change | None:
    """true for yes and "true", a number in quotes for a plain one, and the reverse."""
    node, schema = defect.node, defect.schema or {}
    if not isinstance(node, Scalar):
        return None
    if schema.get("type") == "boolean" and node.text.lower() in _TRUTH:
        return replace_node(node, _TRUTH[node.text.lower()], safe=True)
    if schema.get("type") == "number" and not node.plain and node.text.isdigit():
        return replace_node(node, node.text, safe=True)
    if schema.get("type") == "string" and node.plain and '"' not in node.text and "\\" not in node.text:
        return replace_node(node, f'"{node.text}"', safe=True)
    return None
