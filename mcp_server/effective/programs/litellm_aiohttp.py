"""LiteLLM's own aiohttp transport: asynchronous calls, which is what its proxy makes."""

from __future__ import annotations

from mcp_server.effective.programs import litellm_httpx
from mcp_server.effective.programs.base import Program, ProxyUse, no_certificate, place
from mcp_server.effective.programs.files import beating
from mcp_server.effective.programs.httpx_rules import httpx_proxy
from mcp_server.effective.programs.python_rules import YARL, host_and_port, proxies, scheme_of, unset, urllib_bypass
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Snapshot


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """urllib's variables and NO_PROXY; the answer is kept per host name for the life of the process."""
    if _on(machine, "DISABLE_AIOHTTP_TRANSPORT") or _on(machine, "LITELLM_HTTP2"):
        return httpx_proxy(machine, url)
    found, scheme = proxies(machine), scheme_of(url)
    host, _ = host_and_port(url)
    names: tuple[str, ...] = (scheme, "all")
    if _on(machine, "DISABLE_AIOHTTP_TRUST_ENV"):
        if not _on(machine, "AIOHTTP_TRUST_ENV"):
            return ProxyUse("direct", "direct: DISABLE_AIOHTTP_TRUST_ENV switches the proxy variables off")
        names = (scheme,)
    no_proxy = found.get("no")
    entry = urllib_bypass(no_proxy, host)
    if entry is not None and no_proxy is not None:
        because = f"direct: entry {entry!r} of {place(no_proxy)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    chosen = beating(found.get(name) for name in names)
    if chosen is None:
        return ProxyUse("direct", unset(machine, scheme, names))
    way = read(chosen, YARL, f"{place(chosen)} is the first variable for {scheme}:// URLs")
    if names == (scheme,) and way.scheme == "https":
        return ProxyUse("direct", f"direct: aiohttp ignores https:// proxies such as that of {place(chosen)}")
    return way


def _on(machine: Snapshot, name: str) -> bool:
    setting = machine.outside(name)
    return setting is not None and setting.value.strip().lower() == "true"


PROGRAM = Program("litellm-aiohttp", "LiteLLM (aiohttp)", proxy, litellm_httpx.trust, no_certificate, None, "1.106.2")
