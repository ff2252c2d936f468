"""google-auth on requests: the token calls of Vertex AI, in LiteLLM too."""

from __future__ import annotations

from dataclasses import replace

from mcp_server.effective.programs.base import Program, ProxyUse, TrustFile, TrustUse, no_certificate, place
from mcp_server.effective.programs.files import beating, filled
from mcp_server.effective.programs.python_rules import URLLIB3, proxies, requests_bypass, scheme_of, unset
from mcp_server.effective.programs.values import Reading, read
from mcp_server.snapshot import Snapshot

REQUESTS_CA = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """requests: one variable per scheme, then ``ALL_PROXY``; its own NO_PROXY and urllib's both count."""
    return requests_proxy(machine, url)


def requests_proxy(machine: Snapshot, url: str, *, dots: bool = True, socks: bool = False) -> ProxyUse:
    """The way of ``requests.Session()``; ``socks``: the program carries PySocks."""
    found, scheme = proxies(machine), scheme_of(url)
    entry, owner = requests_bypass(machine, url, dots=dots)
    if entry is not None and owner is not None:
        because = f"direct: entry {entry!r} of {place(owner)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    chosen = beating((found.get(scheme), found.get("all")))
    if chosen is None:
        return ProxyUse("direct", unset(machine, scheme, (scheme, "all")))
    return read(chosen, with_socks(socks), f"{place(chosen)} is the first variable for {scheme}:// URLs")


def with_socks(socks: bool) -> Reading:
    return replace(URLLIB3, socks="spoken") if socks else URLLIB3


def trust(machine: Snapshot, _url: str) -> TrustUse:
    return requests_trust(machine)


def requests_trust(machine: Snapshot, store: str = "Mozilla's list (certifi)") -> TrustUse:
    """The first filled variable replaces the store; a path that does not exist ends the request."""
    chosen = filled(machine, *REQUESTS_CA)
    if chosen is None:
        return TrustUse((store,))
    if machine.paths.get(chosen.value) == "missing":
        return TrustUse((), fails=f"{place(chosen)} names a path that does not exist, so every https request fails")
    return TrustUse((), (TrustFile(chosen, replaces=True),))


PROGRAM = Program("google-auth", "google-auth (requests)", proxy, trust, no_certificate, None, "2.63")
