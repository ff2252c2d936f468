"""The real ``claude gateway`` rehearsed on one machine: its database, a company's sign-in service, an emulator.

Everything listens on loopback, and nothing stays when the block ends but the files in the folder.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.identity_provider import IdentityProvider
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.http import Reply, request
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.run import programs
from mcp_server.run.claude_gateway import claude_gateway, sign_in
from mcp_server.run.postgres import Database, postgres
from mcp_server.run.server import Gateway
from mcp_server.snapshot import Snapshot

#: The gateway's variables; its file refers to them, so no secret stands in the file.
_ADMIN_KEY, _CLIENT_SECRET, _JWT_SECRET, _DATABASE_URL = "ADMIN_KEY", "CLIENT_SECRET", "JWT_SECRET", "DATABASE_URL"
_UPSTREAM_KEY, _VERTEX_TOKEN = "UPSTREAM_KEY", "VERTEX_TOKEN"


@dataclass(frozen=True)
class CompanyGateway:
    """A running ``claude gateway`` and everything it depends on, each to be broken on purpose."""

    gateway: Gateway
    provider: IdentityProvider
    database: Database
    emulators: tuple[Emulator, ...]
    variables: Mapping[str, str] = field(repr=False)

    @property
    def base_url(self) -> str:
        return self.gateway.base_url

    async def sign_in(self) -> str:
        """A token of ``provider.user``, good for a day."""
        return await sign_in(self.base_url)

    def expired(self, token: str) -> str:
        """The same token as it would be after its time."""
        now = int(time.time())
        claims = {**jwt.decode(token, options={"verify_signature": False}), "iat": now - 7200, "exp": now - 3600}
        headers = {"kid": jwt.get_unverified_header(token)["kid"]}
        return jwt.encode(claims, self.variables[_JWT_SECRET], algorithm="HS256", headers=headers)

    async def admin(self, method: str, path: str, body: Any = None) -> Reply:
        """One call of the admin API, for example ``POST /v1/organizations/spend_limits``."""
        headers = {"x-api-key": self.variables[_ADMIN_KEY]}
        return await request(Route(self.base_url), method, path, headers=headers, json=body)

    def client_environment(self, token: str) -> dict[str, str]:
        """What a Claude Code has that was given the token instead of signing in itself."""
        return {"ANTHROPIC_BASE_URL": self.base_url, "ANTHROPIC_AUTH_TOKEN": token}

    def snapshot(self, token: str, client_version: str) -> Snapshot:
        """The machine of that client: its environment, no settings files."""
        return Snapshot(shell=self.client_environment(token), client_version=client_version)


@asynccontextmanager
async def company_gateway(
    folder: Path,
    *,
    emulators: Sequence[Emulator] = (),
    upstreams: Sequence[Mapping[str, Any]] = (),
    changes: Mapping[str, Any] | None = None,
    serving: Callable[[Emulator], AbstractContextManager[str]] = running,
    port: int | None = None,
    report: Callable[[str], None] | None = None,
) -> AsyncIterator[CompanyGateway]:
    """The whole stack for the duration of the block; ``folder`` must exist and takes every file.

    ``emulators`` (by default one of Anthropic's; one of a kind, accepting any key where the kind has a key) become the
    first upstreams, ``upstreams`` follow as they are; ``changes`` replace whole sections of the gateway's file.
    ``serving`` gives the address at which the gateway finds an emulator; a fault may stand before it.

    Raises:
        GatewayError: Claude Code cannot be installed, PostgreSQL is missing, or the gateway does not start.
    """
    claude = programs.claude_code(report=report)
    provider = IdentityProvider()
    port = port or free_port()
    base_url = f"http://127.0.0.1:{port}"
    provider.redirect_uris.add(f"{base_url}/oauth/callback")
    variables = {
        _ADMIN_KEY: secrets.token_hex(24),
        _JWT_SECRET: secrets.token_hex(32),
        _CLIENT_SECRET: provider.client_secret,
        _UPSTREAM_KEY: f"upstream-{secrets.token_hex(12)}",
    }
    served = tuple(emulators) or (AnthropicEmulator(credential=variables[_UPSTREAM_KEY]),)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(postgres(folder))
        variables[_DATABASE_URL] = database.url
        issuer = stack.enter_context(running(provider))
        entries = []
        for emulator in served:
            entry, more = _upstream(emulator, stack.enter_context(serving(emulator)))
            entries.append(entry)
            variables.update(more)
        sections = _configuration(port, issuer, provider, [*entries, *upstreams])
        file = folder / "claude-gateway.yaml"
        # JSON is YAML to every YAML reader.
        file.write_text(json.dumps({**sections, **(changes or {})}, indent=2), encoding="utf-8")
        gateway = await stack.enter_async_context(
            claude_gateway(claude, file, port=port, environment=variables, folder=folder)
        )
        yield CompanyGateway(gateway, provider, database, served, variables)


def _configuration(
    port: int, issuer: str, provider: IdentityProvider, upstreams: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The gateway's file as data: secrets by reference, sign-in as often as wanted, an admin API."""
    sign_ins = {"max": 1000, "window_seconds": 60}  # the default is ten in ten minutes: too few for a rehearsal
    return {
        "listen": {"host": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"},
        "upstreams": list(upstreams),
        "oidc": {"issuer": issuer, "client_id": provider.client_id, "client_secret": _reference(_CLIENT_SECRET)},
        "session": {"jwt_secret": _reference(_JWT_SECRET), "ttl_hours": 24},
        "store": {"postgres_url": _reference(_DATABASE_URL)},
        "admin": {"write_keys": [{"id": "laboratory", "key": _reference(_ADMIN_KEY)}]},
        "rate_limits": {"device_authorization": sign_ins, "device_verify": sign_ins},
    }


def _upstream(emulator: Emulator, url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The upstream entry for an emulator served at ``url``, and the variables it refers to."""
    if isinstance(emulator, BedrockEmulator):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        variables = {name: value for name, value in emulator.environment.items() if name in names}
        auth = {name.lower(): _reference(name) for name in variables}
        return {"provider": "bedrock", "region": emulator.region.name, "base_url": url, "auth": auth}, variables
    if isinstance(emulator, VertexEmulator):
        # Not a service account: the program fetches tokens from Google's own endpoint, whatever the key file says.
        place = {"region": "global", "project_id": emulator.project, "base_url": f"{url}/v1"}
        auth = {"access_token": _reference(_VERTEX_TOKEN)}
        return {"provider": "vertex", **place, "auth": auth}, {_VERTEX_TOKEN: emulator.identity.token()}
    return {"provider": "anthropic", "base_url": url, "auth": {"api_key": _reference(_UPSTREAM_KEY)}}, {}


def _reference(variable: str) -> str:
    return f"${{{variable}}}"
