"""git over https: its configuration (by URL, by remote), then the variables of libcurl."""

from __future__ import annotations

from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse, place
from mcp_server.effective.programs.files import beating, lookup, matching
from mcp_server.effective.programs.libcurl import GIT, covering
from mcp_server.effective.programs.python_rules import scheme_of
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Setting, Snapshot


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """A remote's proxy, ``http.<url>.proxy``, ``http.proxy``, then the variables; an empty value switches off."""
    scheme = scheme_of(url)
    chosen = beating((_of_remote(machine, url), config(machine, "proxy", url), _variable(machine, scheme)))
    if chosen is None:
        return ProxyUse(
            "direct", f"direct: neither git's configuration nor a variable for {scheme}:// URLs names a proxy"
        )
    if not chosen.value:
        return ProxyUse("direct", f"direct: {place(chosen)} is empty, which switches the proxy off")
    no_proxy = machine.outside("no_proxy") or machine.outside("NO_PROXY")
    entry = covering(no_proxy, url, machine.versions.get("curl", ""))
    if entry is not None and no_proxy is not None:
        because = f"direct: entry {redact.quote(entry, 80)!r} of {place(no_proxy)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    return read(chosen, GIT, f"{place(chosen)} comes first in git's order")


def _variable(machine: Snapshot, scheme: str) -> Setting | None:
    """The lower-case one wins even when it is empty; ``HTTP_PROXY`` in capitals is never read."""
    names = ("https_proxy", "HTTPS_PROXY") if scheme == "https" else ("http_proxy",)
    return beating(machine.outside(name) for name in (*names, "all_proxy", "ALL_PROXY"))


def _of_remote(machine: Snapshot, url: str) -> Setting | None:
    """``remote.<name>.proxy`` of a remote that stands on this host: it counts when git is asked by that name."""
    for setting in matching(machine, "git", lambda key: key.startswith("remote.") and key.endswith(".proxy")):
        address = lookup(machine, "git", f"{setting.name.removesuffix('.proxy')}.url")
        if address is not None and urlsplit(address.value)[:2] == urlsplit(url)[:2]:
            return setting
    return None


def config(machine: Snapshot, name: str, url: str) -> Setting | None:
    """``http.<name>`` for ``url``: the most precise ``http.<url>.<name>`` that matches, else the plain one."""
    ranked: list[tuple[int, Setting]] = []
    for index, setting in enumerate(matching(machine, "git", lambda key: _is_http(key, name))):
        pattern = setting.name[len("http.") : -len(f".{name}")] if setting.name != f"http.{name}" else ""
        rank = _rank(pattern, url) if pattern else 0
        if rank is not None:
            ranked.append((rank * 1_000 - index, setting))
    ranked.sort(key=lambda pair: -pair[0])
    return beating([setting for _, setting in ranked])


def _is_http(key: str, name: str) -> bool:
    return (key.startswith("http.") and key.endswith(f".{name}")) or key == f"http.{name}"


def _rank(pattern: str, url: str) -> int | None:
    """How precisely ``pattern`` names ``url``; ``None``: not at all. Scheme, host, port and path must match."""
    try:
        want, have = urlsplit(pattern), urlsplit(url)
        ports = [p.port or {"http": 80, "https": 443}.get(p.scheme.lower()) for p in (want, have)]
    except ValueError:
        return None
    if want.scheme.lower() != have.scheme.lower() or ports[0] != ports[1]:
        return None
    names, labels = (want.hostname or "").split("."), (have.hostname or "").split(".")
    if len(names) != len(labels) or any(n not in ("*", label) for n, label in zip(names, labels, strict=True)):
        return None
    path = want.path.rstrip("/")
    if path and have.path != path and not have.path.startswith(f"{path}/"):
        return None
    exact = sum(name != "*" for name in names)
    return 1 + exact * 100 + len(path)


def trust(machine: Snapshot, url: str) -> TrustUse:
    """``GIT_SSL_CAINFO`` before ``http.sslCAInfo`` (by URL too); it replaces the system's store."""
    off = machine.outside("GIT_SSL_NO_VERIFY")
    if off is not None:
        return TrustUse((), off=off)
    verify = config(machine, "sslverify", url)
    if verify is not None and verify.value.strip().lower() in ("false", "no", "off", "0", ""):
        return TrustUse((), off=verify)
    chosen = machine.outside("GIT_SSL_CAINFO") or config(machine, "sslcainfo", url)
    if chosen is None or not chosen.value:
        return TrustUse(("the system's store",))
    if machine.paths.get(chosen.value) == "missing":
        return TrustUse((), fails=f"{place(chosen)} names a path that does not exist, so every https request fails")
    return TrustUse((), (TrustFile(chosen, replaces=True, scope="target"),))


def certificate(machine: Snapshot, url: str) -> ClientCertificate | None:
    """``GIT_SSL_CERT`` before ``http.sslCert``."""
    found = machine.outside("GIT_SSL_CERT") or config(machine, "sslcert", url)
    if found is None:
        return None
    return ClientCertificate(found, machine.outside("GIT_SSL_KEY") or config(machine, "sslkey", url))


PROGRAM = Program("git", "git", proxy, trust, certificate, "git", "2.39.5 with libcurl 7.88")
