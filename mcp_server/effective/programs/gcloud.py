"""gcloud: its properties before the variables; requests and PySocks of its own inside."""

from __future__ import annotations

from urllib.parse import quote

from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse, place
from mcp_server.effective.programs.files import beating, lookup
from mcp_server.effective.programs.google_auth import requests_proxy, requests_trust
from mcp_server.effective.proxy_url import ProxyProblem, parse_proxy
from mcp_server.snapshot import Setting, Snapshot

_TYPES = {"http": "http", "http_no_tunnel": "http", "socks4": "socks4", "socks5": "socks5"}


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """``proxy/type``, ``address`` and ``port`` together serve every URL, NO_PROXY or not; else as requests."""
    parts = {name: _property(machine, "proxy", name) for name in ("type", "address", "port")}
    present = [s for s in parts.values() if s is not None and s.value]
    if not present:
        return requests_proxy(machine, url, dots=False, socks=True)
    kind, address, port = parts["type"], parts["address"], parts["port"]
    if kind is None or address is None or port is None or len(present) < 3:
        missing = ", ".join(f"proxy/{name}" for name, s in parts.items() if s is None or not s.value)
        return ProxyUse(
            "fails", f"{place(present[0])} is set without {missing}; gcloud refuses that", decided_by=present[0]
        )
    scheme = _TYPES.get(kind.value.strip())
    parsed = parse_proxy(f"http://{quote(address.value.strip(), safe='.:[]-')}:{port.value.strip()}", "proxy/address")
    if scheme is None or isinstance(parsed, ProxyProblem):
        wrong = kind if scheme is None else address
        return ProxyUse("fails", f"{place(wrong)} has a value that gcloud refuses", decided_by=wrong)
    because = f"{place(address)} serves every URL of gcloud; NO_PROXY and the proxy variables do not count beside it"
    return ProxyUse("proxy", because, parsed.authority, scheme, address)


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """The variables of requests before ``core/custom_ca_certs_file``, unless the proxy comes from properties."""
    variables = TrustUse(()) if _property(machine, "proxy", "address") else requests_trust(machine)
    if variables.replaced or variables.fails:
        return variables
    off = _property(machine, "auth", "disable_ssl_validation")
    if off is not None and off.value.strip().lower() in ("1", "true", "yes", "on"):
        return TrustUse((), off=off)
    chosen = _property(machine, "core", "custom_ca_certs_file")
    if chosen is None or not chosen.value:
        return TrustUse(("Mozilla's list (certifi)",))
    if machine.paths.get(chosen.value) == "missing":
        return TrustUse((), fails=f"{place(chosen)} names a path that does not exist, so every https request fails")
    return TrustUse((), (TrustFile(chosen, replaces=True),))


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    """Context-aware access: the certificate comes from a provider, not from a file the user names."""
    use = _property(machine, "context_aware", "use_client_certificate")
    return (
        ClientCertificate(use) if use is not None and use.value.strip().lower() in ("1", "true", "yes", "on") else None
    )


def _property(machine: Snapshot, section: str, name: str) -> Setting | None:
    """The variable ``CLOUDSDK_SECTION_NAME``, then the active configuration, then the installation's."""
    variable = machine.outside(f"CLOUDSDK_{section}_{name}".upper())
    return beating((variable, lookup(machine, "gcloud", f"{section}/{name}")))


PROGRAM = Program("gcloud", "gcloud", proxy, trust, certificate, "gcloud", "528.0.0")
