"""An ASGI application that stands for a server elsewhere on this machine, so that faults can be put before it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from mcp_server.net.forward import forward


class Relay:
    """Everything goes to ``base_url`` and comes back unchanged, streams piece by piece."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        async with forward(self._base_url, request.method, target, dict(request.headers), body) as answer:
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for piece in answer.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
