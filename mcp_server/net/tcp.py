"""One TCP connection, and the byte channel that proxy and TLS steps are stacked on."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from mcp_server.net.failures import socket_failure, timeout_failure
from mcp_server.net.route import NetFailure, Route


class Channel(Protocol):
    """Bytes in, bytes out. ``read`` returns ``b""`` at the end."""

    async def read(self, most: int) -> bytes: ...

    async def write(self, data: bytes) -> None: ...


class TcpChannel:
    """A plain TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, most: int) -> bytes:
        return await self._reader.read(most)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """Drop the connection at once; what the peer still sends is of no interest."""
        transport = self._writer.transport
        transport.abort()
        # One turn of the loop lets the transport release its socket.
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Connected:
    """An open connection: which address answered, how fast, and which addresses did not."""

    channel: TcpChannel
    address: str
    seconds: float
    failed: tuple[str, ...] = ()


async def connect(
    addresses: tuple[str, ...], port: int, timeout: float, *, where: str, proxy: bool = False
) -> Connected:
    """Connect to the first address that answers, all within ``timeout`` seconds.

    Raises NetFailure: ``gateway_unreachable``, ``connection_timeout`` or ``connection_reset`` for a target,
    ``proxy_unreachable`` for a proxy.
    """
    until = time.monotonic() + timeout
    failed: list[str] = []
    last: NetFailure | None = None
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        started = time.monotonic()
        share = max((until - started) / left, 0.05)
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), share)
        except (asyncio.TimeoutError, TimeoutError):
            last = timeout_failure(where, timeout, proxy=proxy)
        except OSError as failure:
            last = socket_failure(failure, where, proxy=proxy)
        else:
            return Connected(TcpChannel(reader, writer), address, time.monotonic() - started, tuple(failed))
        failed.append(address)
    raise last or timeout_failure(where, timeout, proxy=proxy)


async def first_words(route: Route, seconds: float = 1.0) -> bytes:
    """What the target of a plain http:// route without a proxy says before it is asked; empty for a web server."""
    parts = urlsplit(route.base_url)
    if route.proxy or parts.scheme.lower() != "http" or not parts.hostname:
        return b""
    writer = None
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port or 80), seconds)
        return await asyncio.wait_for(reader.read(200), seconds)
    except (OSError, asyncio.TimeoutError, TimeoutError):
        return b""
    finally:
        if writer is not None:
            writer.transport.abort()
