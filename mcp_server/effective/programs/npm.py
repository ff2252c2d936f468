"""npm: its configuration, then the variables read by its own agent. The client's installer and many MCP servers."""

from __future__ import annotations

import re

from mcp_server import redact
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse, place
from mcp_server.effective.programs.files import beating, lookup, matching
from mcp_server.effective.programs.python_rules import host_and_port, scheme_of
from mcp_server.effective.programs.values import Reading, read
from mcp_server.snapshot import Setting, Snapshot

_NPM = Reading(socks="spoken", needs_scheme=True, no_slashes="as http", three_slashes="as http", blanks_around=True)
_EMPTY = ("", "null", "false", "undefined")


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """``https-proxy``, then ``proxy`` of the configuration serve every URL; else ``HTTPS_PROXY`` (http URLs too)."""
    scheme = scheme_of(url)
    names = ("https_proxy",) if scheme == "https" else ("https_proxy", "http_proxy", "proxy")
    variables = (s for name in names if (s := _variable(machine, name)) is not None and s.value)
    chosen = beating((_config(machine, "https-proxy"), _config(machine, "proxy"), *variables))
    if chosen is None:
        return ProxyUse("direct", "direct: neither npm's configuration nor a variable it reads names a proxy")
    for no_proxy in (_config(machine, "noproxy"), _variable(machine, "no_proxy")):
        entry = _covering(no_proxy, url)
        if entry is not None and no_proxy is not None:
            because = f"direct: entry {redact.quote(entry, 80)!r} of {place(no_proxy)} covers this address"
            return ProxyUse("direct", because, bypassed_by=entry)
    return read(chosen, _NPM, f"{place(chosen)} comes first in npm's order")


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """``cafile`` and ``ca`` replace Node's list and ``NODE_EXTRA_CA_CERTS``; a file that is missing does not count."""
    strict = _config(machine, "strict-ssl", keep="false")
    if strict is not None and strict.value.strip().lower() == "false":
        return TrustUse((), off=strict)
    ignored: list[tuple[Setting, str]] = []
    file = _config(machine, "cafile")
    extra = machine.outside("NODE_EXTRA_CA_CERTS")
    if file is not None:
        if machine.paths.get(file.value) == "file":
            if extra is not None:
                ignored.append((extra, "does not count beside cafile"))
            return TrustUse((), (TrustFile(file, replaces=True),), ignored=tuple(ignored))
        ignored.append((file, "cannot be read, which npm ignores"))
    inline = _config(machine, "ca")
    if inline is not None:
        return TrustUse((), (TrustFile(inline, replaces=True),), ignored=tuple(ignored))
    return node_trust(machine, tuple(ignored))


def node_trust(machine: Snapshot, ignored: tuple[tuple[Setting, str], ...] = ()) -> TrustUse:
    """Node's own list, ``NODE_EXTRA_CA_CERTS`` added; ``SSL_CERT_FILE`` only with OpenSSL's store."""
    off = machine.outside("NODE_TLS_REJECT_UNAUTHORIZED")
    options = machine.outside("NODE_OPTIONS")
    words = options.value.split() if options is not None else []
    stores = ["Mozilla's list (Node)"]
    files: list[TrustFile] = []
    cert = machine.outside("SSL_CERT_FILE")
    if "--use-openssl-ca" in words:
        stores = ["OpenSSL's store"]
        if cert is not None and cert.value:
            stores, files = [], [TrustFile(cert, replaces=True)]
    elif cert is not None and cert.value:
        ignored = (*ignored, (cert, "counts in Node only with --use-openssl-ca"))
    if "--use-system-ca" in words:
        stores.append("the system's store")
    extra = machine.outside("NODE_EXTRA_CA_CERTS")
    if extra is not None and extra.value:
        files.append(TrustFile(extra, replaces=False))
    return TrustUse(
        tuple(stores), tuple(files), off if off is not None and off.value.strip() == "0" else None, ignored=ignored
    )


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    """``//registry/:certfile`` and ``:keyfile``; the older ``cert`` and ``key`` hold the PEM text itself."""
    scoped = beating(matching(machine, "npm", lambda key: key.startswith("//") and key.endswith(":certfile")))
    if scoped is not None:
        key = lookup(machine, "npm", f"{scoped.name.removesuffix('certfile')}keyfile")
        return ClientCertificate(scoped, key)
    inline = _config(machine, "cert")
    return ClientCertificate(inline, _config(machine, "key")) if inline is not None else None


def _config(machine: Snapshot, key: str, keep: str = "") -> Setting | None:
    """``npm_config_…`` in any case, then the project's, the user's and the global file; ``null`` means unset."""
    wanted = f"npm_config_{key.replace('-', '_')}"
    named = [n for n in machine.outside_names() if n.lower().replace("-", "_") == wanted]
    found = [s for name in named if (s := machine.outside(name)) is not None]
    found += matching(machine, "npm", lambda name: name == key)
    first = beating(found)
    if first is None:
        return None
    value = re.sub(r"\$\{([^}]+)\}", lambda m: _expanded(machine, m), first.value)
    if value.strip().lower() in _EMPTY and value.strip().lower() != keep:
        return None
    return Setting(first.name, value, first.scope, first.source, first.beats)


def _expanded(machine: Snapshot, match: re.Match[str]) -> str:
    setting = machine.outside(match[1].removesuffix("?"))
    return setting.value if setting is not None else match[0]


def _variable(machine: Snapshot, lower: str) -> Setting | None:
    """The spelling that stands last in the environment counts (measured: not the lower-case one)."""
    named = [name for name in machine.outside_names() if name.lower() == lower]
    return beating([s for name in reversed(named) if (s := machine.outside(name)) is not None])


def _covering(no_proxy: Setting | None, url: str) -> str | None:
    """Whole labels from the right, case kept; no ``*``, no ports, no ranges."""
    host, _ = host_and_port(url)
    labels = (f"[{host}]" if ":" in host else host).split(".")[::-1]
    for entry in no_proxy.value.split(",") if no_proxy is not None else ():
        wanted = [label for label in entry.strip().split(".") if label][::-1]
        if wanted and labels[: len(wanted)] == wanted:
            return entry.strip()
    return None


PROGRAM = Program("npm", "npm", proxy, trust, certificate, "npm", "11.19")
