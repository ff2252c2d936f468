"""A key that claude gateway needs is missing.

What: a required section or key, such as store, session.jwt_secret, an upstream's region, or listen.public_url for an
    address that others can reach.
Why: claude gateway refuses the file and exits.
Fix: add the key.

Bad:
    listen: {host: 0.0.0.0}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 0.0.0.0, public_url: https://claude-gateway.example.com}
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
from mcp_server.document.nodes import Mapping, Node, Sequence, is_empty, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import ClaudeGateway, gateway, is_on, text
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.claude_gateway_values import LOOPBACK

ID = "claude-gateway-missing-key"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file without it and exits"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    for defect in view.defects:
        if defect.sort == "missing-key":
            yield _missing(defect.node, defect.path, defect.name, defect.wanted)
    if document.root is not None and isinstance(document.root, Mapping):
        yield from _together(view)


def _missing(node: Node, path: str, name: str, wanted: str, why: str = WHY) -> Problem:
    place = path or "the file"
    shown = wanted if name in wanted else f"{name} ({wanted})"
    return Problem(f"{place} has no {name}", why, f"add {shown}", node.mark, join(path, name))


def _together(view: ClaudeGateway) -> Iterator[Problem]:
    """Keys that are needed because of what other keys say."""
    root = view.root
    if "oidc" not in root and not view.cri_enabled:
        why = f"{WHY}: nobody could sign in (only cri.enabled: true does without)"
        yield _missing(root, "", "oidc", "issuer, client_id and client_secret of your identity provider", why)
    listen = root.get("listen")
    if isinstance(listen, Mapping) and "public_url" not in listen:
        host = listen.get("host")
        named = "0.0.0.0" if host is None else text(host)  # noqa: S104 - compared, never bound
        if named is not None and named not in LOOPBACK:
            why = f"{WHY}: sign-in addresses would come from a header that the caller chooses"
            shown = named if host is not None else f"{named}, the default"
            wanted = f"public_url, the address users reach (host is {shown}), or listen on 127.0.0.1"
            yield _missing(listen, "listen", "public_url", wanted, why)
    oidc = root.get("oidc")
    if isinstance(oidc, Mapping):
        certificate = text(oidc.get("token_endpoint_auth_method")) == "private_key_jwt"
        if not certificate and "client_secret" not in oidc:
            wanted = "client_secret, or token_endpoint_auth_method: private_key_jwt with client_assertion"
            yield _missing(oidc, "oidc", "client_secret", wanted)
        if certificate and "client_assertion" not in oidc:
            yield _missing(oidc, "oidc", "client_assertion", "private_key_pem and certificate_pem")
    if view.cri_enabled:
        for name in ("audience", "org_allowlist"):
            listed = view.node(f"cri.{name}")
            if is_empty(listed) or (isinstance(listed, Sequence) and not listed.items):
                why = f"{WHY}: with none, nobody would be admitted"
                yield _missing(view.section("cri"), "cri", name, "a list with at least one entry", why)
    admin = view.section("admin")
    priorities = admin.get("pooled_priority_order")
    if text(admin.get("pooled_conflict_rule")) == "priority_list" and (
        priorities is None or (isinstance(priorities, Sequence) and not priorities.items)
    ):
        yield _missing(
            admin, "admin", "pooled_priority_order", "a list of groups, for pooled_conflict_rule: priority_list"
        )
    limits = view.node("enforcement.fail_closed_on_error")
    if is_on(limits) and "admin" not in root:
        assert limits is not None
        why = f"{WHY}: enforcement.fail_closed_on_error has no effect without spend limits, which admin switches on"
        yield Problem("there is no admin section", why, "add admin:, or delete enforcement", limits.mark, "admin")
    if "pricing" in root and "admin" not in root and not _serves_policies(view):
        why = f"{WHY}: only spend limits (admin) and policies (managed) read prices"
        yield Problem(
            "pricing stands alone, without admin or managed.policies",
            why,
            "add admin: or managed.policies, or delete pricing",
            root.effective["pricing"].key.mark,
            "pricing",
        )


def _serves_policies(view: ClaudeGateway) -> bool:
    """Whether managed serves settings to clients; anything unreadable counts."""
    managed = view.root.get("managed")
    if not isinstance(managed, Mapping):
        return managed is not None
    policies = managed.get("policies")
    if policies is not None:
        return not isinstance(policies, Sequence) or bool(policies.items)
    return not is_empty(managed.get("settings"))
