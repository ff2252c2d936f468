"""Name resolution with a limit that holds, and the refusal of cloud-metadata addresses."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from mcp_server.hosts import is_address
from mcp_server.net.failures import name_failure
from mcp_server.net.route import NetFailure

_METADATA_NAMES = ("metadata.google.internal", "metadata.goog", "instance-data")
_METADATA_NETWORKS = tuple(
    ip_network(text) for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128")
)


@dataclass(frozen=True)
class Resolved:
    """Addresses of a host in the order in which they are tried."""

    host: str
    addresses: tuple[str, ...]
    seconds: float
    literal: bool
    """True when the host was an address already."""


async def resolve(host: str, port: int, timeout: float, *, link_local: bool = False, proxy: bool = False) -> Resolved:
    """Addresses of ``host``. Raises NetFailure (``name_not_resolved``) when there are none within ``timeout``.

    ``link_local`` permits a metadata or link-local address that the user named himself; an ordinary name that
    leads to one is always refused.
    """
    started = time.monotonic()
    if _is_literal(host):
        refuse_metadata(host, (host,), allowed=link_local)
        return Resolved(host, (host,), 0.0, True)
    named = host.lower().rstrip(".") in _METADATA_NAMES
    refuse_metadata(host, (), allowed=link_local and named)
    try:
        found = await asyncio.wait_for(_look_up(host, port), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        what = "proxy host name" if proxy else "host name"
        raise NetFailure(
            "name", "name_not_resolved", f"the name server gives no answer for the {what} {host} within {timeout:g} s"
        ) from None
    except (OSError, ValueError):
        raise name_failure(f"{host}:{port}", proxy=proxy) from None
    addresses = tuple(dict.fromkeys(found))
    refuse_metadata(host, addresses, allowed=link_local and named)
    return Resolved(host, addresses, time.monotonic() - started, False)


def refuse_metadata(host: str, addresses: tuple[str, ...], *, allowed: bool) -> None:
    """Raise NetFailure for the addresses where clouds hand out credentials to whoever asks."""
    if allowed:
        return
    named = host.lower().rstrip(".") in _METADATA_NAMES
    if named or any(_is_metadata(address) for address in addresses):
        raise NetFailure(
            "name",
            "base_url_wrong_endpoint",
            f"{host} is a link-local or cloud-metadata address; it is not contacted unless you name it yourself",
        )


def _is_metadata(text: str) -> bool:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return any(
        candidate in network
        for candidate in (address, mapped)
        if candidate is not None
        for network in _METADATA_NETWORKS
        if candidate.version == network.version
    )


def _is_literal(host: str) -> bool:
    return is_address(host.partition("%")[0])


async def _look_up(host: str, port: int) -> list[str]:
    """``getaddrinfo`` in a daemon thread: a name server that never answers must not hold up the end of the run."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str] | None, failure: Exception | None) -> None:
        if answer.done():
            return
        if failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(addresses or [])

    def work() -> None:
        outcome: tuple[list[str] | None, Exception | None]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            outcome = [str(entry[4][0]) for entry in found], None
        except (OSError, ValueError) as failure:
            outcome = None, failure
        # The run may be over by now, its loop closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
    return await answer
