"""The raw ``CONNECT``: what the proxy itself says, before any client rewords it."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_server import redact
from mcp_server.effective.proxy_url import ProxyAddress
from mcp_server.net.tcp import Channel

HEAD_LIMIT = 32_000
_VENDOR_HEADERS = ("via", "server", "proxy-agent", "x-squid-error", "x-cache", "x-bluecoat-via")


@dataclass(frozen=True)
class ProxyReply:
    """Head of a proxy's answer. ``status`` is ``None`` when it was no HTTP; ``ended`` says how the wait ended."""

    status: int | None
    reason: str
    schemes: tuple[str, ...]
    """Names from ``Proxy-Authenticate``, in the order offered: Basic, Digest, NTLM, Negotiate, …"""
    vendor: Mapping[str, str]
    """Headers that name the product or the cause (Via, Server, X-Squid-Error …), quoted."""
    seconds: float
    ended: str
    """``answered``, ``closed``, ``timeout`` or ``garbage``."""
    first_bytes: bytes = field(default=b"", repr=False)
    location: str = ""
    """Where a redirect points, without what may be secret in it."""

    @property
    def loops(self) -> bool:
        """Did the request come back to a proxy that it had passed already?"""
        via = next((value for name, value in self.vendor.items() if name.lower() == "via"), "")
        hosts = [part.split()[1] for part in via.split(",") if len(part.split()) > 1]
        return self.status == 508 or (self.status is not None and self.status >= 400 and len(hosts) > len(set(hosts)))


async def open_tunnel(channel: Channel, authority: str, proxy: ProxyAddress, timeout: float) -> ProxyReply:
    """Ask for a tunnel to ``authority`` (``host:port``) the way Claude Code does; never raises for a bad proxy."""
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", "Proxy-Connection: Keep-Alive"]
    return await _ask(channel, [*lines, *_credentials(proxy)], timeout)


async def ask_plain(channel: Channel, url: str, host: str, proxy: ProxyAddress, timeout: float) -> ProxyReply:
    """``HEAD`` an http:// URL through the proxy (absolute form), as clients do for plain targets."""
    lines = [f"HEAD {url} HTTP/1.1", f"Host: {host}", "Proxy-Connection: close"]
    return await _ask(channel, [*lines, *_credentials(proxy)], timeout)


async def ask_directly(channel: Channel, host: str, timeout: float) -> ProxyReply:
    """``HEAD /`` in plain HTTP, to learn whether a port speaks it."""
    return await _ask(channel, ["HEAD / HTTP/1.1", f"Host: {host}", "Connection: close"], timeout)


def _credentials(proxy: ProxyAddress) -> list[str]:
    if proxy.username is None:
        return []
    pair = f"{proxy.username}:{proxy.password or ''}".encode()
    return [f"Proxy-Authorization: Basic {base64.b64encode(pair).decode('ascii')}"]


async def _ask(channel: Channel, lines: list[str], timeout: float) -> ProxyReply:
    started = time.monotonic()
    received = bytearray()
    ended = "closed"
    try:
        await channel.write("\r\n".join([*lines, "", ""]).encode("utf-8"))
        ended = await asyncio.wait_for(_read_head(channel, received), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        ended = "timeout"
    except OSError:
        ended = "closed"
    return _reply(bytes(received), ended, time.monotonic() - started)


async def _read_head(channel: Channel, received: bytearray) -> str:
    while b"\r\n\r\n" not in received and b"\n\n" not in received:
        piece = await channel.read(4_096)
        if not piece:
            return "answered" if received else "closed"
        received += piece
        if len(received) > HEAD_LIMIT or not b"HTTP/".startswith(bytes(received[:5])):
            return "garbage"
    return "answered"


def _reply(data: bytes, ended: str, seconds: float) -> ProxyReply:
    text = re.split(r"\r?\n\r?\n", data.decode("latin-1"), maxsplit=1)[0]
    first, *rest = text.splitlines() or [""]
    status = re.match(r"HTTP/\d(?:\.\d)? +(\d{3})(?: +(.*))?$", first.rstrip())
    if status is None:
        how = "garbage" if data and ended != "timeout" else ended
        return ProxyReply(None, "", (), {}, seconds, how, data[:200])
    schemes: list[str] = []
    vendor: dict[str, str] = {}
    location = ""
    for line in rest:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        if key == "proxy-authenticate":
            schemes.extend(_schemes(value))
        elif key == "location":
            location = redact.url(value.strip())
        elif key in _VENDOR_HEADERS:
            vendor[name.strip()] = redact.quote(value.strip(), 120)
    said = redact.quote(status[2] or "", 80)
    names = tuple(dict.fromkeys(schemes))
    return ProxyReply(int(status[1]), said, names, vendor, seconds, "answered", data[:200], location)


def _schemes(value: str) -> list[str]:
    """Scheme names of one header line; parameters (``realm="…"``, nonces) are left out."""
    without_strings = re.sub(r'"[^"]*"', '""', value)
    names = [part.strip().split(" ")[0] for part in without_strings.split(",")]
    return [redact.quote(name, 20) for name in names if name and "=" not in name]
