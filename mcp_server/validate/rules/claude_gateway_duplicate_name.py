"""Two entries of a claude gateway file have the same name.

What: two upstreams with one name (an upstream without name is called like its provider), two admin keys with one id, a
    group listed twice in pooled_priority_order, a price given twice, a model id defined twice.
Why: claude gateway refuses the file and exits; only a second model of the same id is accepted, and one of the two is
    never used.
Fix: give each entry its own name.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${KEY_ONE}"}}
      - {provider: anthropic, auth: {api_key: "${KEY_TWO}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${KEY_ONE}"}}
      - {provider: anthropic, name: second, auth: {api_key: "${KEY_TWO}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import ClaudeGateway, gateway, text
from mcp_server.validate.problem import Problem

ID = "claude-gateway-duplicate-name"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file and exits"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    yield from _upstreams(view)
    seen: dict[str, int] = {}
    for path in ("admin.read_keys", "admin.write_keys"):
        for here, key in view.items(path):
            fix = "give each key an id of its own: the audit log names keys by it"
            yield from _twice(seen, text(key.get("id")), key.get("id"), f"{here}.id", "an admin key with the id", fix)
    seen = {}
    groups = view.node("admin.pooled_priority_order")
    for index, node in enumerate(groups.items if isinstance(groups, Sequence) else []):
        here = f"admin.pooled_priority_order[{index}]"
        yield from _twice(seen, text(node), node, here, "the group", "list each group once")
    seen = {}
    for here, price in view.items("pricing.overrides"):
        upstream, model = text(price.get("upstream")), text(price.get("model"))
        name = f"{model} on {upstream}" if upstream and model else None
        yield from _twice(
            seen, name, price.get("model"), f"{here}.model", "a price for", "keep one price for each model"
        )
    seen = {}
    for here, entry in view.items("models"):
        for problem in _twice(
            seen, text(entry.get("id")), entry.get("id"), f"{here}.id", "the model", "keep one of the two"
        ):
            why = "claude gateway accepts it without a word, and one of the two definitions is never used"
            yield Problem(problem.problem, why, problem.fix, problem.mark, problem.key, severity="warning")


def _upstreams(view: ClaudeGateway) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for upstream in view.upstreams:
        named = upstream.node.get("name")
        place = named or upstream.node.get("provider")
        fix = "add a name of its own to this upstream" if named is None else "give this upstream another name"
        title = (
            "an upstream called" if named is not None else "an upstream without name (so it has its provider's), called"
        )
        yield from _twice(seen, upstream.name, place, f"{upstream.path}.name", title, fix)


def _twice(
    seen: dict[str, int], name: str | None, node: Node | None, path: str, title: str, fix: str
) -> Iterator[Problem]:
    if name is None or node is None:
        return
    if name in seen:
        yield Problem(
            f"{title} {name} stands here a second time; the first is on line {seen[name]}", WHY, fix, node.mark, path
        )
    seen.setdefault(name, node.mark.line)
