"""NO_PROXY and proxy values as libcurl reads them, for curl and git (pure). Measured on libcurl 7.88.

Sources for other releases: curl's changelog (ranges and trailing dots since 7.86.0).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.effective.programs.python_rules import host_and_port
from mcp_server.effective.programs.values import Reading
from mcp_server.snapshot import Setting

CURL = Reading(
    socks="spoken",
    socks_alone="socks4",
    three_slashes="as http",
    two_at_signs=False,
    blanks_inside=False,
    backslash=True,
    default_port=1080,
)
#: git takes the value apart itself and hands libcurl host and credentials separately.
GIT = Reading(
    socks="spoken",
    socks_alone="socks4",
    other_schemes="as http",
    slashes_only="direct",
    three_slashes="direct",
    backslash=True,
    no_password_asks=True,
    default_port=1080,
)


def covering(no_proxy: Setting | None, url: str, version: str = "") -> str | None:
    """The entry of ``no_proxy`` that makes libcurl ``version`` (default: a current one) go direct."""
    if no_proxy is None or not no_proxy.value:
        return None
    if no_proxy.value == "*":
        return "*"
    modern = not version or version_numbers(version) >= version_numbers("7.86.0")
    host, _ = host_and_port(url)
    return next((e for e in re.split(r"[,\s]+", no_proxy.value) if e and _covers(e, host, modern=modern)), None)


def _covers(entry: str, host: str, *, modern: bool) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    name = entry.lower()
    if isinstance(address, IPv4Address):
        if "/" in name:
            return modern and _in_range(address, name)
        return name == host
    if address is not None:
        return name == host  # an IPv6 range or brackets match nothing (measured)
    if modern:
        host, name = host.removesuffix("."), name.removesuffix(".")
    name = name.removeprefix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _in_range(address: IPv4Address, entry: str) -> bool:
    if entry.endswith("/0"):
        return entry == f"{address}/0"  # no range at all (measured)
    try:
        return address in ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
