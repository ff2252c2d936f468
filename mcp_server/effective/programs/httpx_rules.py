"""How httpx picks a proxy: one client holds a pattern per variable and entry, made before any request (pure).

Measured on httpx 0.28.1. A value or entry that httpx cannot parse breaks *every* request of the program.
"""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from mcp_server import redact
from mcp_server.effective.programs.base import ProxyUse, place
from mcp_server.effective.programs.python_rules import HTTPX, host_and_port, proxies, scheme_of, unset
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Snapshot

_DEFAULT = {"http": 80, "https": 443}


def httpx_proxy(machine: Snapshot, url: str) -> ProxyUse:
    """The way of ``httpx.Client()`` and ``httpx.AsyncClient()`` to ``url``."""
    found, scheme = proxies(machine), scheme_of(url)
    no_proxy = found.get("no")
    entries = [entry.strip() for entry in no_proxy.value.split(",")] if no_proxy is not None else []
    if "*" in entries and no_proxy is not None:
        return ProxyUse("direct", f"direct: entry '*' of {place(no_proxy)} covers everything", bypassed_by="*")
    ways: dict[str, ProxyUse] = {
        name: read(found[name], HTTPX, f"{place(found[name])} serves {'all' if name == 'all' else name + '://'} URLs")
        for name in ("http", "https", "all")
        if name in found
    }
    for name, way in ways.items():
        if way.kind == "fails":
            why = (
                ""
                if name == (scheme if scheme in ways else "all")
                else ", and httpx reads every proxy variable before its first request"
            )
            return replace(way, because=f"{way.because}{why}")
    for entry in entries:
        if no_proxy is not None and _breaks(entry):
            shown = redact.quote(entry, 60)
            because = f"entry {shown!r} of {place(no_proxy)} is no pattern that httpx can read, so every request fails"
            return ProxyUse("fails", because, decided_by=no_proxy, cause="no_proxy_not_matched")
    covering = next((e for e in entries if _covers(e, url)), None)
    chosen = ways.get(scheme) or ways.get("all")
    if covering is not None and no_proxy is not None:
        shown = redact.quote(covering, 80)
        return ProxyUse(
            "direct", f"direct: entry {shown!r} of {place(no_proxy)} covers this address", bypassed_by=covering
        )
    if chosen is None:
        return ProxyUse("direct", unset(machine, scheme, (scheme, "all")))
    return chosen


def _breaks(entry: str) -> bool:
    """IPv6 ranges, bracketed IPv6 addresses, names with an odd port, and control characters."""
    if not entry or _is(entry, IPv4Address):
        return False
    if not entry.isprintable():
        return True
    if _is(entry, IPv6Address):
        return "/" in entry
    authority = re.split(r"[/?#]", entry.rpartition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    _, colon, port = authority.partition(":")
    return bool(colon) and bool(port) and not (port.isascii() and port.isdigit() and int(port) < 65_536)


def _covers(entry: str, url: str) -> bool:
    host, port = host_and_port(url)
    scheme = scheme_of(url)
    if port == _DEFAULT[scheme]:
        port = None
    if not entry:
        return False
    if "://" in entry:
        wanted, _, rest = entry.partition("://")
        if wanted.lower() not in (scheme, "all"):
            return False
        return _host_matches(rest, host, port, default=_DEFAULT.get(wanted.lower()))
    if _is(entry, IPv4Address) or _is(entry, IPv6Address):
        return entry.split("/")[0].lower() == host
    if entry.lower() == "localhost":
        return host == "localhost"
    return _host_matches(f"*{entry}", host, port)


def _host_matches(pattern: str, host: str, port: int | None, default: int | None = None) -> bool:
    name, colon, wanted = re.split(r"[/?#]", pattern, maxsplit=1)[0].rpartition("@")[2].lower().partition(":")
    if colon and wanted and int(wanted) != default and int(wanted) != port:
        return False
    if name in ("", "*"):
        return True
    if name.startswith("*."):
        return len(host) > len(name) - 1 and host.endswith(name[1:])
    if name.startswith("*"):
        return host == name[1:] or host.endswith(f".{name[1:]}")
    return host == name


def _is(entry: str, kind: type[IPv4Address] | type[IPv6Address]) -> bool:
    try:
        kind(entry.split("/")[0])
    except ValueError:
        return False
    return True
