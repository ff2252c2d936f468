"""How each generation of Claude Code reads the proxy variables, as measured on the real programs (pure).

Two layers decide. The client picks one proxy for all URLs and checks NO_PROXY by its own rules; when it decides
to go direct, the runtime below still applies the variable of the *target's scheme* by rules of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

from mcp_server.catalogue.claude_code import version_numbers

_SCHEMED = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")


@dataclass(frozen=True)
class Matcher:
    """Rules of one NO_PROXY reader."""

    either_variable: bool
    """True: ``no_proxy`` and ``NO_PROXY`` both count. False: a filled lower-case one hides the other."""
    blanks_separate: bool
    wildcard: bool
    """``*.corp.test`` covers ``corp.test`` and everything below it."""
    ranges: bool
    """``10.0.0.0/8`` covers addresses."""
    default_port: bool
    """``host:443`` covers an https URL that names no port."""
    port_with_suffix: bool
    """``corp.test:8443`` covers hosts below ``corp.test``."""
    trailing_dot: bool
    address_suffix: Literal["never", "dotted", "always"]
    """Do name suffixes (``.0.0.1``) cover addresses?"""
    bare_ipv6: bool
    """``::1`` without brackets."""

    def entries(self, value: str) -> list[str]:
        """The entries of one variable."""
        text = value.replace(" ", ",").replace("\t", ",") if self.blanks_separate else value
        return [entry.strip() for entry in text.split(",") if entry.strip()]

    def covers(self, entry: str, url: str) -> bool:
        """Does ``entry`` cover ``url``?"""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if entry == "*":
            return True
        pattern = entry.lower()
        if self.trailing_dot:
            host = host.rstrip(".")
        address = _address(host)
        if "/" in pattern:
            return self.ranges and address is not None and in_range(address, pattern)
        name, entry_port = _split_port(pattern)
        if entry_port is not None:
            if port is None and self.default_port:
                port = 443 if parts.scheme.lower() == "https" else 80
            if entry_port != port:
                return False
        if address is not None:
            return self._covers_address(name, host, address)
        return self._covers_name(name, host, suffixes=entry_port is None or self.port_with_suffix)

    def _covers_address(self, name: str, host: str, address: IPv4Address | IPv6Address) -> bool:
        bracketed = name.startswith("[")
        if _address(name.strip("[]")) == address:
            return bracketed or address.version == 4 or self.bare_ipv6
        if self.address_suffix == "never" or (self.address_suffix == "dotted" and not name.startswith(".")):
            return False
        suffix = name.lstrip(".")
        return address.version == 4 and bool(suffix) and host.endswith(f".{suffix}")

    def _covers_name(self, name: str, host: str, *, suffixes: bool) -> bool:
        if name.startswith("*."):
            if not self.wildcard:
                return False
            name = name[1:]
        if name.endswith(".") and not self.trailing_dot:
            return False
        bare = name.removeprefix(".")
        if self.trailing_dot:
            bare = bare.rstrip(".")
        return bool(bare) and (host == bare or (suffixes and host.endswith(f".{bare}")))


@dataclass(frozen=True)
class Dialect:
    """Rules of one client generation."""

    measured: str
    """The release this was measured on."""
    variables: tuple[str, ...]
    """Looked at in this order; the first filled one serves every URL."""
    runtime_extra: tuple[str, ...]
    """Variables that the runtime reads after those of the target's scheme."""
    repairs_scheme: bool
    """``host:port`` is read as ``http://host:port``."""
    client: Matcher
    runtime: Matcher

    def runtime_variables(self, scheme: str) -> tuple[str, ...]:
        """What the runtime looks at for a target of ``scheme``."""
        return (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", *self.runtime_extra)


_OLD = {
    "either_variable": False,
    "wildcard": False,
    "ranges": False,
    "trailing_dot": False,
    "port_with_suffix": False,
    "bare_ipv6": False,
}
_NEW = {
    "blanks_separate": True,
    "wildcard": True,
    "ranges": True,
    "default_port": True,
    "port_with_suffix": True,
    "trailing_dot": True,
    "bare_ipv6": True,
}
DIALECTS: dict[str, Dialect] = {
    "2.1.197": Dialect(
        "2.1.197",
        _SCHEMED,
        (),
        False,
        Matcher(**_OLD, blanks_separate=True, default_port=True, address_suffix="always"),
        Matcher(**_OLD, blanks_separate=False, default_port=False, address_suffix="always"),
    ),
    "2.1.330": Dialect(
        "2.1.330",
        (*_SCHEMED, "all_proxy", "ALL_PROXY"),
        ("all_proxy", "ALL_PROXY"),
        True,
        Matcher(**_NEW, either_variable=True, address_suffix="dotted"),
        Matcher(**_NEW, either_variable=False, address_suffix="never"),
    ),
}
NEWEST = "2.1.330"


def dialect_of(version: str | None) -> tuple[Dialect, str]:
    """The rules for a client release, and a sentence when they were not measured on exactly that release."""
    if version is None:
        return DIALECTS[NEWEST], f"no claude program was found on PATH, so the rules of {NEWEST} are assumed"
    if version in DIALECTS:
        return DIALECTS[version], ""
    older = version_numbers(version) <= version_numbers("2.1.197")
    rules = DIALECTS["2.1.197" if older else NEWEST]
    return rules, f"Claude Code {version[:20]} was not measured; the rules of {rules.measured} are assumed"


def _split_port(pattern: str) -> tuple[str, int | None]:
    if _address(pattern) is not None:
        return pattern, None
    name, colon, port = pattern.rpartition(":")
    if colon and port.isascii() and port.isdigit() and len(port) < 6:
        return name, int(port)
    return pattern, None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def in_range(address: IPv4Address | IPv6Address, pattern: str) -> bool:
    """Does the CIDR ``pattern`` hold ``address``? A pattern that is no range holds nothing."""
    try:
        return address in ip_network(pattern, strict=False)
    except (ValueError, TypeError):
        return False
