"""Values that ``claude gateway`` judges by rules of its own, beyond its schema's types and limits.

Each entry was measured with Claude Code 2.1.330: what the check refuses, the program refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from mcp_server.document.nodes import Mapping, Node, Sequence, walk
from mcp_server.hosts import is_http_url
from mcp_server.validate.kinds.claude_gateway import ClaudeGateway, text

#: Addresses under which clouds hand out the credentials of the machine itself.
METADATA = ("169.254.169.254", "metadata.google.internal", "metadata.goog", "fd00:ec2::254", "169.254.170.2")
#: The only hosts that the program takes for this machine; 127.0.0.5 is none of them.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_RESERVED_HEADERS = frozenset(
    (
        *("authorization", "proxy-authorization", "x-api-key", "api-key", "host", "content-length"),
        *("content-encoding", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"),
        *("content-type", "accept", "accept-encoding", "user-agent", "x-litellm-end-user-id"),
    )
)
_RESERVED_HEADER_PREFIXES = ("anthropic-", "x-stainless-", "x-claude-gateway-", "x-goog-", "x-amz-", "x-amzn-")
_PROTOCOL_PARAMETERS = frozenset(
    (
        *("redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method", "scope", "response_type"),
        *("response_mode", "client_id"),
    )
)


class Refused(NamedTuple):
    """One value that the program refuses: where, what must stand there."""

    path: str
    node: Node
    wanted: str


class _Check(NamedTuple):
    fits: Callable[[str], bool]
    wanted: str


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_public_http(url: str) -> bool:
    """A whole http(s) URL that does not lead to a cloud's metadata service."""
    return is_http_url(url) and _host(url) not in METADATA


def _https_or_loopback(url: str) -> bool:
    return is_public_http(url) and (url.lower().startswith("https://") or _host(url) in LOOPBACK)


def _network(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return "/" not in value or value.rpartition("/")[2].isdigit()


def _any_url(value: str) -> bool:
    return is_http_url(value) or bool(re.match(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:", value))


_URL = _Check(is_public_http, "a whole http:// or https:// URL, and not a cloud's metadata service")
_HTTPS = _Check(_https_or_loopback, "an https:// URL (http:// only to this machine)")
_NETWORK = _Check(_network, "an IP address or a network such as 10.0.0.0/8")
_AWS_REGION = _Check(_matches(r"[a-z0-9-]+"), "an AWS region such as us-east-1 (lower case)")
_GOOGLE_NAME = _Check(_matches(r"[A-Za-z0-9_-]+"), "letters, digits, _ and - only")
_PLAIN = _Check(_matches(r"[\x21-\x7e]+"), "printable ASCII without blanks")

#: By path, without indices. ``upstreams[]`` paths may be limited to providers: ``provider:path``.
CHECKS: dict[str, _Check] = {
    "listen.public_url": _Check(_any_url, "a complete URL, such as https://claude-gateway.example.com"),
    "listen.trusted_proxies[]": _NETWORK,
    "access_control.allow_cidrs[]": _NETWORK,
    "access_control.deny_cidrs[]": _NETWORK,
    "upstreams[].base_url": _URL,
    "upstreams[].workspace_id": _PLAIN,
    "upstreams[].guardrail.id": _PLAIN,
    "upstreams[].guardrail.version": _PLAIN,
    "mantle:upstreams[].region": _AWS_REGION,
    "anthropicAws:upstreams[].region": _AWS_REGION,
    "anthropicGoogleCloud:upstreams[].project_id": _GOOGLE_NAME,
    "anthropicGoogleCloud:upstreams[].workspace_id": _GOOGLE_NAME,
    "anthropicGoogleCloud:upstreams[].location": _GOOGLE_NAME,
    "foundry:upstreams[].resource": _Check(
        _matches(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}[A-Za-z0-9]"),
        "2 to 64 letters, digits or hyphens (the resource's name, not its URL)",
    ),
    "upstreams[].assume_role.role_arn": _Check(
        _matches(r"arn:aws(-us-gov)?:iam::\d{12}:role/[\w+=,.@/-]+"), "an IAM role ARN: arn:aws:iam::ACCOUNT:role/NAME"
    ),
    "upstreams[].assume_role.external_id": _Check(
        _matches(r"[\w+=,.@:/-]{2,1224}"), "2 to 1224 letters, digits and _ + = , . @ : / -"
    ),
    "oidc.issuer": _URL,
    "oidc.discovery_url": _Check(
        lambda url: is_public_http(url) and "/.well-known/" in urlsplit(url).path,
        "the URL of the discovery document itself, with /.well-known/ in its path",
    ),
    "oidc.form_action_origins[]": _URL,
    "oidc.scopes[]": _Check(lambda scope: not re.search(r"\s", scope.strip()), "one scope without blanks"),
    "oidc.google_groups.admin_email": _Check(_matches(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "an e-mail address"),
    "store.postgres_url": _Check(
        _matches(r"(?s)postgres(ql)?://.*"), "a URL that begins with postgres:// or postgresql://"
    ),
    "store.readiness_grace_seconds": _Check(_matches(r"\d+"), "a whole number of seconds, 0 to 3600"),
    "telemetry.forward_to[].url": _HTTPS,
    "managed.policies[].match.email_domain": _Check(
        lambda domain: bool(bare := domain.strip().removeprefix("@")) and not re.search(r"[@\s,]", bare),
        "one bare domain such as example.com",
    ),
    "admin.billing_group_tag": _Check(
        lambda tag: _matches(r"[A-Za-z0-9_.:/=+@-]{1,64}")(tag) and not tag.lower().startswith("anthropic"),
        "1 to 64 letters, digits and _ . : / = + - @, not beginning with anthropic",
    ),
    "cri.issuer": _HTTPS,
    "cri.policy.webhook.url": _HTTPS,
    "cri.jwks_url": _Check(
        lambda url: _host(url) in LOOPBACK, "a URL of this machine (it is for tests); else remove the key"
    ),
}


def refused(view: ClaudeGateway) -> Iterator[Refused]:
    """Every value that the program refuses although its type is right, in file order."""
    providers = {u.path: u.provider for u in view.upstreams}
    for path, node in walk(view.root):
        known = text(node)
        if known is not None:
            generic = re.sub(r"\[\d+\]", "[]", path)
            provider = providers.get(path.split(".")[0])
            check = CHECKS.get(f"{provider}:{generic}") or CHECKS.get(generic)
            if check is not None and not check.fits(known):
                yield Refused(path, node, check.wanted)
    for upstream in view.upstreams:
        yield from _headers(upstream.node.get("headers"), f"{upstream.path}.headers")
    yield from _sign_in(view)
    yield from _postgres(view)
    for index, (path, model) in enumerate(view.items("models")):
        mapped = model.get("upstream_model")
        if isinstance(mapped, Mapping) and not len(mapped):
            yield Refused(
                f"models[{index}].upstream_model", mapped, f"at least one upstream with a model: {path} has none"
            )


def _headers(node: Node | None, path: str) -> Iterator[Refused]:
    seen: set[str] = set()
    for entry in node if isinstance(node, Mapping) else ():
        name, value = entry.name.lower(), text(entry.value)
        here = f"{path}.{entry.name}"
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", entry.name):
            yield Refused(here, entry.key, "a valid HTTP header name")
        elif name in seen:
            yield Refused(here, entry.key, "each header once (their names ignore case)")
        elif name in _RESERVED_HEADERS or name.startswith(_RESERVED_HEADER_PREFIXES):
            yield Refused(here, entry.key, "another header: the gateway or the provider's SDK sets this one itself")
        elif value is not None and not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", value):
            yield Refused(here, entry.value, "printable ASCII without blanks at its ends")
        seen.add(name)


def _sign_in(view: ClaudeGateway) -> Iterator[Refused]:
    scopes = view.node("oidc.scopes")
    if isinstance(scopes, Sequence):
        named = [text(s) for s in scopes.items]
        if None not in named and "openid" not in [s.strip() for s in named if s]:
            yield Refused("oidc.scopes", scopes, "a list that contains openid (without it no id_token comes back)")
    for entry in view.section("oidc.extra_auth_params"):
        if entry.name in _PROTOCOL_PARAMETERS:
            wanted = "parameters of your identity provider: the gateway sets this one itself"
            yield Refused(f"oidc.extra_auth_params.{entry.name}", entry.key, wanted)
    for key in ("allowed_email_domains", "allowed_groups"):
        listed = view.node(f"oidc.{key}")
        if isinstance(listed, Sequence) and listed.items:
            known = [text(item) for item in listed.items]
            if None not in known and not any((item or "").strip().removeprefix("@") for item in known):
                yield Refused(f"oidc.{key}", listed, "at least one entry that is not blank, or no such key")


def _postgres(view: ClaudeGateway) -> Iterator[Refused]:
    node = view.node("store.postgres_url")
    url = text(node)
    if node is None or url is None or not url.startswith(("postgres://", "postgresql://")):
        return
    rest = url.split("://", 1)[1]
    user, at, server = rest.rpartition("@")
    wanted = ""
    if at and re.search(r"[/?#]|%(?![0-9A-Fa-f]{2})", user):
        wanted = "a URL without / ? # or % in its password: write the password as store.password"
    elif "," in re.split(r"[/?#]", server)[0]:
        wanted = "a URL with one host: postgres://host:port/database"
    if wanted:
        yield Refused("store.postgres_url", node, wanted)
