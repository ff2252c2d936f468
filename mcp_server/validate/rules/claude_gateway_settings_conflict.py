"""Settings of a claude gateway file contradict each other.

What: half an AWS key pair, assume_role with a bearer token, a guardrail on some Bedrock upstreams only, a client secret
    beside a client certificate, user identities forwarded to Anthropic itself, code blocks beside cli blocks.
Why: claude gateway refuses the file and exits.
Fix: keep one of the two, or complete the pair.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: bedrock
        region: us-east-1
        auth: {aws_access_key_id: "${AWS_ACCESS_KEY_ID}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - provider: bedrock
        region: us-east-1
        auth: {aws_access_key_id: "${AWS_ACCESS_KEY_ID}", aws_secret_access_key: "${AWS_SECRET_ACCESS_KEY}"}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import ClaudeGateway, Upstream, gateway, is_on, text
from mcp_server.validate.kinds.claude_settings import host
from mcp_server.validate.problem import Problem

ID = "claude-gateway-settings-conflict"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the file and exits"
#: Hosts of Anthropic's own API, and of its API in the clouds.
ANTHROPIC = re.compile(r"(.*\.)?anthropic\.com|aws-external-anthropic\.[^.]+\.api\.aws|claude\.googleapis\.com")


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    for upstream in view.upstreams:
        yield from _credentials(upstream)
        yield from _identity(upstream)
    yield from _guardrails(view)
    yield from _client(view)
    yield from _policies(view)


def _credentials(upstream: Upstream) -> Iterator[Problem]:
    auth = upstream.node.get("auth")
    if not isinstance(auth, Mapping):
        return
    pair = [name for name in ("aws_access_key_id", "aws_secret_access_key") if name in auth]
    path = f"{upstream.path}.auth"
    if len(pair) == 1:
        fix = "set aws_access_key_id and aws_secret_access_key, or neither (then AWS's own chain of credentials counts)"
        yield Problem(f"{path} holds only {pair[0]} of the key pair", WHY, fix, auth.effective[pair[0]].key.mark, path)
    if "aws_session_token" in auth and not pair:
        mark = auth.effective["aws_session_token"].key.mark
        yield Problem(f"{path} holds a session token without its key pair", WHY, "add the key pair", mark, path)
    if "assume_role" in upstream.node and "aws_bearer_token" in auth:
        mark = auth.effective["aws_bearer_token"].key.mark
        fix = "use access keys or auth: {} (AWS's own chain) with assume_role; a bearer token cannot call STS"
        yield Problem(f"{upstream.path} has assume_role and a bearer token", WHY, fix, mark, path)


def _identity(upstream: Upstream) -> Iterator[Problem]:
    switch = upstream.node.get("forward_user_identity")
    base = upstream.node.get("base_url")
    name = "api.anthropic.com" if base is None else host(text(base) or "")
    if upstream.provider == "anthropic" and switch is not None and is_on(switch) and name and ANTHROPIC.fullmatch(name):
        yield Problem(
            f"{upstream.path} forwards user identities to {name}",
            f"it is meant for a proxy of your own, so that e-mail addresses never reach Anthropic; {WHY}",
            "set base_url to your proxy, or delete forward_user_identity",
            switch.mark,
            f"{upstream.path}.forward_user_identity",
        )


def _guardrails(view: ClaudeGateway) -> Iterator[Problem]:
    bedrock = [u for u in view.upstreams if u.provider == "bedrock"]
    guarded = [u for u in bedrock if "guardrail" in u.node]
    if not guarded:
        return
    for upstream in bedrock:
        if upstream not in guarded:
            fix = "set guardrail on all bedrock upstreams, or on none: a failover could go around it"
            yield Problem(
                f"{upstream.path} has no guardrail, and others have", WHY, fix, upstream.node.mark, upstream.path
            )
    for upstream in view.upstreams:
        if upstream.provider == "mantle":
            fix = "remove the mantle upstream, or the guardrail of every bedrock upstream"
            problem = f"{upstream.path} is a mantle upstream, which no guardrail covers"
            yield Problem(problem, WHY, fix, upstream.node.mark, upstream.path)
    tagging = {text(g.get("input_tagging")) for u in guarded if isinstance(g := u.node.get("guardrail"), Mapping)}
    if len(tagging) > 1:
        fix = "set the same guardrail.input_tagging everywhere"
        problem = "the bedrock upstreams differ in guardrail.input_tagging"
        yield Problem(problem, WHY, fix, guarded[-1].node.mark, f"{guarded[-1].path}.guardrail")


def _client(view: ClaudeGateway) -> Iterator[Problem]:
    oidc = view.section("oidc")
    certificate = text(oidc.get("token_endpoint_auth_method")) == "private_key_jwt"
    if certificate and "client_secret" in oidc:
        mark = oidc.effective["client_secret"].key.mark
        fix = "delete client_secret: private_key_jwt signs in with the certificate"
        yield Problem("oidc has a client secret beside private_key_jwt", WHY, fix, mark, "oidc.client_secret")
    if not certificate and "client_assertion" in oidc:
        mark = oidc.effective["client_assertion"].key.mark
        fix = "set token_endpoint_auth_method: private_key_jwt and delete client_secret, or delete client_assertion"
        yield Problem("oidc has a client certificate that is not used", WHY, fix, mark, "oidc.client_assertion")
    if "client_assertion" in oidc and "ENCRYPTED" in (text(view.node("oidc.client_assertion.private_key_pem")) or ""):
        node = view.node("oidc.client_assertion.private_key_pem")
        assert node is not None
        fix = "store the key without a passphrase, in a file that only the gateway can read"
        yield Problem(
            "the client's private key is encrypted", WHY, fix, node.mark, "oidc.client_assertion.private_key_pem"
        )


def _policies(view: ClaudeGateway) -> Iterator[Problem]:
    policies = list(view.items("managed.policies"))
    if not any("code" in policy for _, policy in policies):
        return
    for path, policy in policies:
        for name in ("cli", "settings"):
            entry = policy.entry(name)
            if entry is None:
                continue
            own = "code" in policy
            yield Problem(
                f"{path} has a {name} block "
                + ("beside its code block" if own else "while another policy has a code block"),
                WHY if own else f"its rules would not reach Claude Desktop's Code tab; {WHY}",
                "put all settings into the one code block" if own else "write code everywhere, or cli everywhere",
                entry.key.mark,
                f"{path}.{name}",
            )
