"""Node's own ``fetch``: MCP servers and hooks written in JavaScript. Direct unless Node is told otherwise."""

from __future__ import annotations

import re

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.effective.programs.base import Program, ProxyUse, TrustUse, no_certificate, place
from mcp_server.effective.programs.files import filled
from mcp_server.effective.programs.npm import node_trust
from mcp_server.effective.programs.python_rules import host_and_port, scheme_of
from mcp_server.effective.programs.values import Reading, read
from mcp_server.snapshot import Setting, Snapshot

_UNDICI = Reading(
    socks="Node does not speak SOCKS",
    needs_scheme=True,
    no_slashes="as http",
    three_slashes="as http",
    blanks_around=True,
)


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """The variables count from Node 22.21 and 24 on, and only with ``NODE_USE_ENV_PROXY=1``."""
    switch, options = machine.outside("NODE_USE_ENV_PROXY"), machine.outside("NODE_OPTIONS")
    on = (switch is not None and switch.value == "1") or (
        options is not None and "--use-env-proxy" in options.value.split()
    )
    version = machine.versions.get("node", "")
    if not on:
        return ProxyUse("direct", "direct: Node's fetch reads no proxy variable without NODE_USE_ENV_PROXY=1")
    if version and not _reads(version):
        return ProxyUse("direct", f"direct: Node {version} does not know NODE_USE_ENV_PROXY (22.21 or 24 do)")
    scheme = scheme_of(url)
    schemes = ("https", "http") if scheme == "https" else ("http",)
    chosen = filled(machine, *(name for s in schemes for name in (f"{s}_proxy", f"{s.upper()}_PROXY")))
    if chosen is None:
        return ProxyUse("direct", f"direct: no variable for {scheme}:// URLs is set")
    no_proxy = filled(machine, "no_proxy", "NO_PROXY")
    entry = _covering(no_proxy, url)
    if entry is not None and no_proxy is not None:
        because = f"direct: entry {entry!r} of {place(no_proxy)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    return read(chosen, _UNDICI, f"{place(chosen)} counts because NODE_USE_ENV_PROXY is on")


def trust(machine: Snapshot, _url: str) -> TrustUse:
    return node_trust(machine)


def _reads(version: str) -> bool:
    numbers = version_numbers(version)
    return numbers >= version_numbers("24.0.0") or version_numbers("22.21.0") <= numbers < version_numbers("23.0.0")


def _covering(no_proxy: Setting | None, url: str) -> str | None:
    host, port = host_and_port(url)
    port = port or (443 if scheme_of(url) == "https" else 80)
    for entry in re.split(r"[,\s]+", no_proxy.value) if no_proxy is not None else ():
        name, colon, wanted = entry.lower().rpartition(":")
        if not (colon and wanted.isdigit() and name):
            name, wanted = entry.lower(), ""
        if not name or (wanted and int(wanted) != port):
            continue
        if name == "*" or (host.endswith(name.lstrip("*")) if name[0] in "*." else host == name):
            return entry
    return None


PROGRAM = Program("node", "Node fetch", proxy, trust, no_certificate, "node", "20.20")
