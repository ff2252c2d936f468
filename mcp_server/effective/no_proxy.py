"""NO_PROXY written so that Claude Code of every release and the Python programs beside it read it alike (pure)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from mcp_server.effective.dialect import in_range
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.hosts import is_address, is_loopback
from mcp_server.snapshot import Snapshot

#: Signs a host, an address, a range or a port can have; an entry with others matches nothing anywhere.
_ENTRY = re.compile(r"[\w.*:/\[\]-]+")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def portable_no_proxy(existing: str, hosts: tuple[str, ...] = ()) -> str:
    """``existing`` plus ``hosts`` in the portable form: commas, no blanks, no wildcards, each domain twice
    (``example.com`` and ``.example.com``: httpx needs both), addresses one by one, loopback always.

    Address ranges stay (2.1.330 reads them), but cover nothing for other programs: name the address in ``hosts``.
    """
    found: list[str] = []
    for entry in (*existing.replace(",", " ").split(), *hosts, *LOOPBACK):
        for form in _forms(entry.strip().lower()):
            if form not in found:
                found.append(form)
    return ",".join(found)


def _forms(entry: str) -> tuple[str, ...]:
    if not _ENTRY.fullmatch(entry):
        return ()
    if entry in ("*", "localhost") or "/" in entry or is_address(entry.strip("[]")):
        return (entry.strip("[]") if "/" not in entry else entry,)
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit():
        return (entry,)
    bare = (name + colon + port).removeprefix("*").strip(".")
    return (bare, f".{bare}") if bare else ()


def is_local(url: str) -> bool:
    """Does ``url`` lead to this machine?"""
    host = _host(url)
    return is_loopback(host) or host.endswith(".localhost")


def meant_to_bypass(snapshot: Snapshot, decision: ProxyDecision) -> str | None:
    """The NO_PROXY entry that was probably meant for this URL but does not count, with the reason; else ``None``."""
    if decision.bypassed_by is not None or decision.variable is None:
        return None
    host = _host(decision.url)
    if not host:
        return None
    for name in ("no_proxy", "NO_PROXY"):
        setting = snapshot.variable(name)
        for entry in setting.value.replace(",", " ").split() if setting else ():
            reason = _why_not(entry.lower(), host, name, decision)
            if reason:
                return f"{entry!r} in {name} ({setting.source if setting else ''}) {reason}"
    return None


def _why_not(entry: str, host: str, name: str, decision: ProxyDecision) -> str | None:
    if "://" in entry and _host(entry) == host:
        return "is a URL; an entry is a bare host name"
    wildcard = entry.removeprefix("*").strip(".")
    if entry.startswith("*.") and (host == wildcard or host.endswith(f".{wildcard}")):
        return f"is a wildcard, which Claude Code {decision.dialect} does not read"
    if entry.endswith("*") and is_address(host) and host.startswith(entry.rstrip("*")) and len(entry) > 1:
        return "is an address pattern, which no program reads"
    if "/" in entry and is_address(host) and in_range(ip_address(host), entry):
        return f"is an address range, which Claude Code {decision.dialect} does not read"
    if entry == "localhost" and is_address(host) and is_loopback(host):
        return f"does not cover {host}: names and addresses are separate entries"
    if entry in ("127.0.0.1", "::1") and host == "localhost":
        return "does not cover localhost: names and addresses are separate entries"
    bare, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and bare == host:
        return f"names port {port}, the URL uses another"
    if name == "NO_PROXY" and (entry.strip(".") == host or host.endswith(f".{entry.strip('.')}")):
        return f"is hidden: Claude Code {decision.dialect} reads only no_proxy when both are set"
    return None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
