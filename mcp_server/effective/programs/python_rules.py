"""What Python's HTTP libraries have in common: ``urllib``'s variables, its NO_PROXY and that of requests (pure).

Measured on Python 3.11 with requests 2.34, urllib3 2.8, botocore 1.44 and httpx 0.28.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import urlsplit

from mcp_server.effective.programs.base import place
from mcp_server.effective.programs.values import Reading
from mcp_server.snapshot import Setting, Snapshot

_NEEDS_PYSOCKS = "the package PySocks is missing there unless it was installed on purpose (requests[socks])"
URLLIB3 = Reading(socks=_NEEDS_PYSOCKS, colon_is_scheme=True, slashes_only="as http")
BOTOCORE = Reading(
    socks="botocore does not speak SOCKS",
    slashes_only="as http",
    no_slashes="direct",
    three_slashes="direct",
    capital_scheme=False,
    ascii_alone=True,
)
YARL = Reading(socks="as http", other_schemes="as http", blanks_around=True, short_addresses=False)
HTTPX = Reading(
    socks="the package socksio is missing there unless it was installed on purpose (httpx[socks])", backslash=True
)


def proxies(machine: Snapshot) -> dict[str, Setting]:
    """Scheme (or ``all``, ``no``) → setting, as ``urllib.request.getproxies`` finds them.

    Any spelling of ``…_PROXY`` counts; the lower-case one wins, and an empty lower-case one switches off.
    """
    found: dict[str, Setting] = {}
    settings = [s for name in machine.outside_names() if (s := machine.outside(name)) is not None]
    for setting in settings:
        if setting.name.lower().endswith("_proxy") and setting.value:
            found[setting.name.lower()[:-6]] = setting
    for setting in settings:
        if setting.name.endswith("_proxy"):
            scheme = setting.name.lower()[:-6]
            if setting.value:
                beaten = found.get(scheme)
                beats = (beaten.name,) if beaten is not None and beaten.name != setting.name else ()
                found[scheme] = Setting(setting.name, setting.value, setting.scope, setting.source, beats)
            else:
                found.pop(scheme, None)
    return found


def unset(machine: Snapshot, scheme: str, names: tuple[str, ...]) -> str:
    """Why these programs go direct when nothing in ``names`` (schemes, ``all``) is set."""
    emptied = machine.outside(f"{scheme}_proxy")
    if emptied is not None and not emptied.value:
        return f"direct: {place(emptied)} is set empty, which hides {scheme.upper()}_PROXY"
    other = "http" if scheme == "https" else "https"
    found = proxies(machine)
    if other in found:
        return f"direct: {place(found[other])} serves {other}:// URLs only, in this program"
    if "all" in found and "all" not in names:
        return f"direct: {place(found['all'])} is not read by this program"
    return f"direct: no variable for {scheme}:// URLs is set"


def urllib_bypass(no_proxy: Setting | None, host: str) -> str | None:
    """The entry that makes ``urllib.request.proxy_bypass`` say yes; ``host`` may carry a port."""
    if no_proxy is None:
        return None
    if no_proxy.value == "*":
        return "*"
    host = host.lower()
    match = re.fullmatch(r"(.*):([0-9]*)", host, re.S)
    alone = match[1] if match else host
    for entry in no_proxy.value.split(","):
        name = entry.strip().lstrip(".").lower()
        if entry.strip() and (name in (alone, host) or alone.endswith(f".{name}") or host.endswith(f".{name}")):
            return entry.strip()
    return None


def requests_bypass(machine: Snapshot, url: str, *, dots: bool = True) -> tuple[str | None, Setting | None]:
    """The entry that makes requests go direct, and its variable.

    ``dots=False``: releases up to 2.32 (as pip and gcloud carry them) match any ending of the name.
    """
    host, port = host_and_port(url)
    lists = [s for name in ("no_proxy", "NO_PROXY") if (s := machine.outside(name)) is not None and s.value]
    for setting in lists[:1]:
        for entry in setting.value.replace(" ", "").split(","):
            if entry and _requests_covers(entry, host, port, dots=dots):
                return entry, setting
    found = proxies(machine).get("no")
    return urllib_bypass(found, host), found


def _requests_covers(entry: str, host: str, port: int | None, *, dots: bool) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    if isinstance(address, IPv4Address):
        return _in_range(address, entry) if "/" in entry else entry == host
    places = (host, f"{host}:{port}" if port else host)
    if not dots:
        return any(name.endswith(entry) for name in places)
    name = entry.lstrip(".")
    return any(where == name or where.endswith(f".{name}") for where in places)


def _in_range(address: IPv4Address, entry: str) -> bool:
    bits = entry.partition("/")[2]
    try:
        return bits.isdigit() and 1 <= int(bits) <= 32 and address in ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False


def host_and_port(url: str) -> tuple[str, int | None]:
    """Host (lower case, no brackets) and explicit port of a URL; empty for none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", None


def scheme_of(url: str) -> str:
    """``http`` or ``https``."""
    return "http" if url[:5].lower() == "http:" else "https"
