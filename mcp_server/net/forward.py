"""Passes one request on to an HTTP server and its answer back piece by piece: what the laboratory puts before a real
gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

#: Headers that belong to one connection, not to the message.
_HOP = ("connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host", "content-length")


@dataclass(frozen=True)
class Forwarded:
    """The answer's head, and its body as it arrives (still encoded as its headers say)."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


@asynccontextmanager
async def forward(
    base_url: str, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> AsyncIterator[Forwarded]:
    """Send the request to ``base_url`` + ``target`` (path and query). Raises httpx.HTTPError when no answer comes."""
    import httpx

    # Without this httpx would ask for compression that the client did not ask for.
    kept = {"accept-encoding": "identity"}
    kept |= {name.lower(): value for name, value in headers.items() if name.lower() not in _HOP}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(120)) as client,
        client.stream(method, base_url + target, headers=kept, content=body) as answer,
    ):
        back = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
        yield Forwarded(answer.status_code, back, answer.aiter_raw())
