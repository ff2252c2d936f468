"""LiteLLM's key API and the free request that tells whether a key is accepted. No answer's text is passed on whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.net.http import Reply, request
from mcp_server.net.route import NetFailure, Route
from mcp_server.redact import quote


@dataclass(frozen=True)
class KeyApi:
    """The gateway at ``route``; ``admin`` is a key that may make and delete keys."""

    route: Route
    admin: str = field(repr=False)

    async def accepts(self, key: str) -> bool:
        """Whether ``key`` is one of the gateway's: it lists its models to it, or says that its budget is spent. Free.

        Raises:
            GatewayError: the gateway cannot be reached, or is itself at fault.
        """
        reply = await self._send("GET", "/v1/models", key)
        # Without a database LiteLLM 1.106.2 answers a wrong key with 400, and with 500 when its error handler fails.
        if reply.status >= 502:
            raise GatewayError(f"the gateway answers {reply.status} to a list of models.", "Wait until it is up again.")
        # With its budget spent even the list is refused (422); such a key is valid, and a leaked one must be rotated.
        return reply.status == 200 or _error(reply).get("type") == "budget_exceeded"

    async def info(self, key: str) -> dict[str, Any]:
        """The row of ``key``, asked for by its hash, since addresses are logged."""
        reply = await self._send("GET", f"/key/info?key={sha256(key.encode()).hexdigest()}", self.admin)
        found = _json(reply, "/key/info").get("info")
        if not isinstance(found, dict):
            raise GatewayError("the gateway knows nothing about the old key.", "Check that it is one of its own keys.")
        return found

    async def generate(self, body: Mapping[str, Any]) -> str:
        """A new key."""
        found = _json(await self._send("POST", "/key/generate", self.admin, body), "/key/generate").get("key")
        if not isinstance(found, str) or not found.startswith("sk-"):
            raise GatewayError("/key/generate gave no key.", "Look into the gateway's log.")
        return found

    async def delete(self, key: str) -> None:
        """The key is refused from now on."""
        _json(await self._send("POST", "/key/delete", self.admin, {"keys": [key]}), "/key/delete")

    async def expire(self, key: str, duration: str) -> None:
        """The key is refused after ``duration``."""
        _json(await self._send("POST", "/key/update", self.admin, {"key": key, "duration": duration}), "/key/update")

    async def _send(self, method: str, path: str, key: str, body: Mapping[str, Any] | None = None) -> Reply:
        try:
            return await request(self.route, method, path, headers={"authorization": f"Bearer {key}"}, json=body)
        except NetFailure as failure:
            raise GatewayError(
                f"the gateway cannot be reached ({failure.step}): {quote(failure.detail, 200)}.",
                "llm-gateway check-proxy",
            ) from failure


def _json(reply: Reply, path: str) -> dict[str, Any]:
    found = _object(reply)
    if reply.status == 200 and found is not None:
        return found
    said = _error(reply).get("message") or ""
    hint = (
        "Keys need a database (DATABASE_URL) and an administrator's key." if reply.status != 404 else "Is it LiteLLM?"
    )
    raise GatewayError(f"{path} answers {reply.status}{f': {quote(said, 160)}' if said else ''}.", hint)


def _object(reply: Reply) -> dict[str, Any] | None:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error(reply: Reply) -> dict[str, Any]:
    error = (_object(reply) or {}).get("error")
    return error if isinstance(error, dict) else {}
