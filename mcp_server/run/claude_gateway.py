"""Starts the real ``claude gateway`` (part of Claude Code) and signs a scripted user in, without a human.

What it reads and serves was measured on 2.1.330.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mcp_server.errors import GatewayError
from mcp_server.hosts import is_loopback
from mcp_server.net.http import Reply, request
from mcp_server.net.route import NetFailure, Route
from mcp_server.redact import quote
from mcp_server.run.server import Gateway, server

#: Marks the last line of a program that ends.
PREFIX = "claude gateway: "
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
#: The sign-in at the company's site redirects at least twice; no site needs more than this.
_REDIRECTS = 6


def surroundings(home: Path) -> dict[str, str]:
    """The least environment the program runs in; a provider on loopback is refused without the last one."""
    return {
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "claude"),
        "PATH": "/usr/bin:/bin",
        "CLAUDE_GATEWAY_ALLOW_LOOPBACK": "1",
    }


@asynccontextmanager
async def claude_gateway(
    claude: Path,
    config: Path,
    *,
    port: int,
    environment: Mapping[str, str],
    folder: Path,
    ready_seconds: float = 45,
) -> AsyncIterator[Gateway]:
    """A running ``claude gateway`` for the duration of the block.

    ``config`` must make it listen on the loopback ``port``; ``environment`` holds what the file's ``${NAME}`` refer
    to, and nothing else of this process reaches it. ``folder`` takes its home and its log.

    Raises:
        GatewayError: the port is taken, the program refuses its file, cannot reach its database or identity provider,
            or is not ready within ``ready_seconds``.
    """
    async with server(
        "claude gateway",
        [str(claude), "gateway", "--config", str(config)],
        port=port,
        ready="/readyz",
        # By default a stop waits 25 s for requests that are still open.
        environment={**surroundings(folder / "home"), "CLAUDE_GATEWAY_DRAIN_TIMEOUT_MS": "1000", **environment},
        log=folder / "claude-gateway.log",
        reason=_reason,
        seconds=ready_seconds,
    ) as gateway:
        yield gateway


def _reason(text: str) -> str:
    """The program's last words; they may be many lines of JSON."""
    _, found, words = text.rpartition(PREFIX)
    return words if found else text.splitlines()[-1]


async def sign_in(base_url: str) -> str:
    """A bearer token of whoever is signed in at the identity provider, by the device flow (RFC 8628).

    Does what a person's browser does: opens the page, confirms the code, follows the redirects. Only for gateways on
    this machine, since it confirms whatever it is asked.

    Raises:
        GatewayError: the gateway is not on loopback, or a step of the flow did not succeed.
    """
    if not is_loopback(urlsplit(base_url).hostname or ""):
        raise GatewayError(
            "a sign-in without a human is for gateways on this machine.",
            "Sign in to this gateway with /login in Claude Code.",
        )
    begun = await _call(base_url, "POST", "/oauth/device_authorization", form={"surface": "claude_code"})
    device_code, user_code = _fields(begun, "device_code", "user_code")
    await _approve(base_url, user_code)
    form = {"grant_type": _DEVICE_GRANT, "device_code": device_code}
    (token,) = _fields(await _call(base_url, "POST", "/oauth/token", form=form), "access_token")
    return token


async def _approve(base_url: str, user_code: str) -> None:
    """The browser's part: the code is confirmed, then the provider sends us back with an answer of its own."""
    # The gateway takes the confirmation only from its own page and from the browser that began.
    reply = await _call(base_url, "POST", "/device", {"origin": base_url}, {"user_code": user_code})
    cookie = {"cookie": reply.headers.get("set-cookie", "").split(";")[0]}
    here = f"{base_url}/device"
    for _ in range(_REDIRECTS):
        if reply.status not in (302, 303) or "location" not in reply.headers:
            break
        here = urljoin(here, reply.headers["location"])
        url = urlsplit(here)
        site = f"{url.scheme}://{url.netloc}"
        reply = await _call(site, "GET", f"{url.path}?{url.query}", cookie if site == base_url else {})
    if reply.status != 200:
        raise _stopped("the redirects of the sign-in", reply)


async def _call(
    site: str, method: str, path: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> Reply:
    what = f"{method} {path.partition('?')[0]}"
    try:
        reply = await request(Route(site, timeout=10), method, path, headers=headers or {}, form=form)
    except NetFailure as failure:
        raise GatewayError(
            f"the sign-in stopped at {what}: {quote(failure.detail, 300)}.",
            "Check that the gateway and its identity provider run.",
        ) from failure
    if reply.status >= 400:
        raise _stopped(what, reply)
    return reply


def _fields(reply: Reply, *names: str) -> list[str]:
    """The text fields of a JSON answer."""
    try:
        data = json.loads(reply.body)
        values = [data[name] for name in names]
    except (ValueError, KeyError, TypeError):
        values = []
    if not values or not all(isinstance(value, str) for value in values):
        raise _stopped(f"an answer that should hold {' and '.join(names)}", reply)
    return values


def _stopped(what: str, reply: Reply) -> GatewayError:
    said = quote(reply.body.decode("utf-8", errors="replace"), 300)
    return GatewayError(
        f"the sign-in stopped at {what}: HTTP {reply.status}, {said or 'no text'}.",
        "The gateway's log says why, in the line of that request.",
    )
