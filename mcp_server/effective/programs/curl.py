"""curl: its own file, then the variables."""

from __future__ import annotations

from mcp_server import redact
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse, place
from mcp_server.effective.programs.files import beating, filled, lookup
from mcp_server.effective.programs.libcurl import CURL, covering
from mcp_server.effective.programs.python_rules import scheme_of
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Setting, Snapshot

_SOCKS_OPTIONS = {"socks4": "socks4", "socks4a": "socks4a", "socks5": "socks5", "socks5-hostname": "socks5h"}


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """``proxy`` of .curlrc, then the variables; ``HTTP_PROXY`` in capitals is never read."""
    scheme = scheme_of(url)
    in_capitals = ("HTTPS_PROXY",) if scheme == "https" else ()
    variable = filled(machine, f"{scheme}_proxy", *in_capitals, "all_proxy", "ALL_PROXY")
    chosen = beating((_from_file(machine), variable))
    if chosen is not None and not chosen.value:
        return ProxyUse("direct", f"direct: {place(chosen)} is empty, which switches the proxy off")
    if chosen is None:
        return ProxyUse("direct", _unset(machine, scheme))
    no_proxy = lookup(machine, "curl", "noproxy") or filled(machine, "no_proxy", "NO_PROXY")
    entry = covering(no_proxy, url, machine.versions.get("curl", ""))
    if entry is not None and no_proxy is not None:
        because = f"direct: entry {redact.quote(entry, 80)!r} of {place(no_proxy)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    return read(chosen, CURL, f"{place(chosen)} comes first in curl's order")


def _from_file(machine: Snapshot) -> Setting | None:
    found = lookup(machine, "curl", "proxy", *_SOCKS_OPTIONS)
    if found is None or found.name == "proxy":
        return found
    value = f"{_SOCKS_OPTIONS[found.name]}://{found.value.rpartition('://')[2]}"
    return Setting(found.name, value, found.scope, found.source, found.beats)


def _unset(machine: Snapshot, scheme: str) -> str:
    capitals = machine.outside("HTTP_PROXY")
    if scheme == "http" and capitals is not None and capitals.value:
        return f"direct: {place(capitals)} is in capitals, and curl reads http_proxy in lower case only"
    return f"direct: neither .curlrc nor a variable for {scheme}:// URLs names a proxy"


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """.curlrc, else ``CURL_CA_BUNDLE``, else ``SSL_CERT_DIR`` and ``SSL_CERT_FILE``: each replaces the store."""
    off = lookup(machine, "curl", "insecure")
    if off is not None and off.value.lower() != "false":
        return TrustUse((), off=off)
    named = [s for key in ("cacert", "capath") if (s := lookup(machine, "curl", key)) is not None]
    if not named:
        bundle = machine.outside("CURL_CA_BUNDLE")
        names = ("CURL_CA_BUNDLE",) if bundle is not None and bundle.value else ("SSL_CERT_DIR", "SSL_CERT_FILE")
        named = [s for name in names if (s := machine.outside(name)) is not None and s.value]
    missing = next((s for s in named if machine.paths.get(s.value) == "missing"), None)
    if missing is not None and missing.name != "SSL_CERT_DIR":
        return TrustUse((), fails=f"{place(missing)} names a path that does not exist, so every https request fails")
    files = tuple(TrustFile(setting, replaces=True, scope="target") for setting in named)
    return TrustUse(() if files else ("the system's store",), files)


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    found = lookup(machine, "curl", "cert")
    return ClientCertificate(found, lookup(machine, "curl", "key")) if found is not None else None


PROGRAM = Program("curl", "curl", proxy, trust, certificate, "curl", "7.88.1")
