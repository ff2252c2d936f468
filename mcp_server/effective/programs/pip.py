"""pip: an option of its own, else requests as it carries it."""

from __future__ import annotations

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse, place
from mcp_server.effective.programs.files import beating, filled, lookup
from mcp_server.effective.programs.google_auth import requests_proxy, requests_trust, with_socks
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Setting, Snapshot


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """``PIP_PROXY`` or ``proxy`` of pip.conf serves every URL, NO_PROXY or not; else as requests."""
    chosen = _option(machine, "proxy")
    if chosen is None:
        return requests_proxy(machine, url, dots=False)
    return read(
        chosen, with_socks(False), f"{place(chosen)} serves every URL of pip; NO_PROXY does not count beside it"
    )


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """The variables of requests before pip's own ``cert`` (measured); each replaces.

    From 24.2 on the system's store counts beside certifi (documentation of pip).
    """
    chosen = _option(machine, "cert")
    found = requests_trust(machine)
    if chosen is None or found.replaced or found.fails:
        version = machine.versions.get("pip", "")
        modern = version_numbers(version) >= version_numbers("24.2.0")
        return TrustUse(("the system's store", *found.stores)) if modern and found.stores else found
    if machine.paths.get(chosen.value) == "missing":
        return TrustUse((), fails=f"{place(chosen)} names a path that does not exist, so every https request fails")
    return TrustUse((), (TrustFile(chosen, replaces=True),))


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    chosen = _option(machine, "client-cert")
    return ClientCertificate(chosen) if chosen is not None else None


def _option(machine: Snapshot, name: str) -> Setting | None:
    variable = filled(machine, f"PIP_{name.replace('-', '_').upper()}")
    return beating((variable, lookup(machine, "pip", name)))


PROGRAM = Program("pip", "pip", proxy, trust, certificate, "pip", "23.2.1")
