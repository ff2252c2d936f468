"""Keys and tokens that a machine's own role hands out, where a variable names the endpoint; nobody else is asked.

As Claude Code 2.1.330 was seen to ask: the container's endpoint before the instance's, the token of a variable
before its file, keys that have expired are used all the same, and no proxy stands between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mcp_server.errors import GatewayError
from mcp_server.hosts import is_http_url, is_loopback
from mcp_server.net.route import NetFailure, Route
from mcp_server.snapshot import Setting, Snapshot

RELATIVE, FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
INSTANCE, GOOGLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT", "GCE_METADATA_HOST"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_CONTAINER = "http://169.254.170.2"
#: Hosts that may be asked over http beside loopback; the SDKs of AWS refuse all others.
_PLAIN = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")
_ROLES = "/latest/meta-data/iam/security-credentials/"
_GOOGLE_TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105
#: A repository may not name who gets asked for this machine's keys.
_FOREIGN = ("project", "local")
_SECONDS = 3.0
_LARGEST = 100_000


class RoleError(GatewayError):
    """The endpoint gives nothing to sign with. ``undecided``: it was slow, so the client may still get there."""

    def __init__(self, problem: str, fix: str, *, undecided: bool = False) -> None:
        self.undecided = undecided
        super().__init__(problem, fix)


@dataclass(frozen=True)
class RoleKeys:
    """Temporary keys of a role."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(repr=False)


async def aws_role_keys(snapshot: Snapshot) -> RoleKeys | None:
    """Keys from the endpoint that a variable names; ``None`` when none names one. Raises RoleError."""
    container, instance = _named(snapshot, RELATIVE), _named(snapshot, INSTANCE)
    if container is not None:
        return await _container(snapshot, container, f"{_CONTAINER}/{container.value.strip().lstrip('/')}")
    if (container := _named(snapshot, FULL)) is not None:
        return await _container(snapshot, container, container.value.strip())
    off = snapshot.variable("AWS_EC2_METADATA_DISABLED")
    if instance is None or (off is not None and off.value.strip().lower() == "true"):
        return None
    return await _instance(instance)


async def google_role_token(snapshot: Snapshot) -> str | None:
    """A token from the metadata server that a variable names; ``None`` when none names one. Raises RoleError."""
    named = _named(snapshot, GOOGLE)
    if named is None:
        return None
    reply = await _get(named, f"http://{named.value.strip()}", _GOOGLE_TOKEN, {"metadata-flavor": "Google"})
    token = _json(reply.body).get("access_token")
    if reply.headers.get("metadata-flavor") != "Google" or not isinstance(token, str) or not token:
        raise _nothing(named, "answers without a token of Google")
    return token


def _named(snapshot: Snapshot, name: str) -> Setting | None:
    setting = snapshot.variable(name)
    usable = setting is not None and setting.value.strip() and setting.scope not in _FOREIGN
    return setting if usable else None


async def _container(snapshot: Snapshot, named: Setting, url: str) -> RoleKeys:
    if not is_http_url(url):
        raise _nothing(named, "is no address")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and (is_loopback(host) or host in _PLAIN)):
        raise RoleError(
            f"{named.name} names an address that the SDKs of AWS ask for no keys",
            "Name https, loopback, or the address of the container service.",
        )
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    token = _authorization(snapshot)
    reply = await _get(named, f"{parts.scheme}://{parts.netloc}", path, {"authorization": token} if token else {})
    return _keys(named, reply.body)


def _authorization(snapshot: Snapshot) -> str:
    token, file = _named(snapshot, _TOKEN), _named(snapshot, _TOKEN_FILE)
    if token is not None:
        return token.value.strip()
    if file is None:
        return ""
    try:
        with Path(file.value.strip()).open(encoding="ascii") as text:
            return text.read(_LARGEST).strip()
    except (OSError, ValueError):
        raise RoleError(f"the file that {_TOKEN_FILE} names cannot be read", f"Correct {_TOKEN_FILE}.") from None


async def _instance(named: Setting) -> RoleKeys:
    base = named.value.strip().rstrip("/")
    try:
        reply = await _get(
            named, base, "/latest/api/token", {"x-aws-ec2-metadata-token-ttl-seconds": "21600"}, method="PUT"
        )
        session = {"x-aws-ec2-metadata-token": reply.body.decode("ascii").strip()}
    except (RoleError, UnicodeDecodeError) as failure:
        if isinstance(failure, RoleError) and failure.undecided:
            raise
        session = {}  # the first version of the service asks for none, and the client goes on without (measured)
    roles = await _get(named, base, _ROLES, session)
    role = roles.body.decode("utf-8", "replace").strip().partition("\n")[0]
    if not role or not all(letter.isalnum() or letter in "+=,.@_-" for letter in role):
        raise _nothing(named, "names no role")
    reply = await _get(named, base, f"{_ROLES}{role}", session)
    return _keys(named, reply.body)


async def _get(named: Setting, base: str, path: str, headers: Mapping[str, str], *, method: str = "GET") -> Any:
    """The answer of status 200."""
    from mcp_server.net.http import request

    if not is_http_url(base):
        raise _nothing(named, "is no address")
    # The variable is the person's own word for where to ask.
    route = Route(base, link_local=True, timeout=_SECONDS)
    sent = {"accept": "application/json", **headers}
    try:
        reply = await request(route, method, path, headers=sent, limit=_LARGEST, deadline=_SECONDS)
    except NetFailure as failure:
        slow = failure.cause in ("stream_or_request_timeout", "connection_timeout")
        said = f"gives no answer within {_SECONDS:g} s" if slow else "is not reached"
        raise _nothing(named, said, undecided=slow) from None
    if reply.truncated:
        raise _nothing(named, f"gives no whole answer within {_SECONDS:g} s", undecided=True)
    if reply.status != 200:
        raise _nothing(named, f"refuses with status {reply.status}")
    return reply


def _keys(named: Setting, body: bytes) -> RoleKeys:
    data = _json(body)
    key, secret, token = (data.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token"))
    if not (isinstance(key, str) and key and isinstance(secret, str) and secret):
        raise _nothing(named, "answers without keys")
    return RoleKeys(key, secret, token if isinstance(token, str) else "")


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    return data if isinstance(data, dict) else {}


def _nothing(named: Setting, said: str, *, undecided: bool = False) -> RoleError:
    """``said`` holds nothing that the endpoint sent."""
    return RoleError(
        f"the endpoint that {named.name} names {said}, so there is nothing to sign a request with",
        "Check that this machine, task or pod has a role and that the variable is right, or sign in another way.",
        undecided=undecided,
    )
