"""What a host name or address is, decided in one place: whom a credential may go to depends on it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

#: Short forms such as ``127.1`` are addresses too; a name cannot end in a label of digits.
_SHORT_LOOPBACK = re.compile(r"127(?:\.[0-9]+){1,3}")


def is_address(text: str) -> bool:
    """Is ``text`` an IP address?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Is ``host`` (lower case, no port, no brackets) this machine? ``127.example.com`` is another one."""
    if host == "localhost" or _SHORT_LOOPBACK.fullmatch(host):
        return True
    return is_address(host) and ip_address(host).is_loopback


def is_http_url(text: str) -> bool:
    """Is ``text`` a whole http(s) URL with a host, a readable port and no blanks?"""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
