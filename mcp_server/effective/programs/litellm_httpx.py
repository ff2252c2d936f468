"""LiteLLM's httpx path: synchronous calls, the OpenAI SDK's clients, and everything when aiohttp is switched off."""

from __future__ import annotations

from mcp_server.effective.programs.base import ClientCertificate, Program, TrustFile, TrustUse
from mcp_server.effective.programs.httpx_rules import httpx_proxy
from mcp_server.snapshot import Setting, Snapshot


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """``SSL_VERIFY`` before ``SSL_CERT_FILE`` before certifi (source of LiteLLM 1.106.2, measured)."""
    ignored: list[tuple[Setting, str]] = []
    verify = machine.outside("SSL_VERIFY")
    if verify is not None:
        if verify.value.strip().lower() == "false":
            return TrustUse((), off=verify)
        if machine.paths.get(verify.value) == "file":
            return TrustUse((), (TrustFile(verify, replaces=True),))
        if machine.paths.get(verify.value) == "folder":
            return TrustUse((), fails=f"SSL_VERIFY ({verify.source}) names a folder, which LiteLLM opens as a file")
        if verify.value.strip().lower() != "true":
            ignored.append((verify, "is neither an existing file nor True or False, so LiteLLM goes on without it"))
    file = machine.outside("SSL_CERT_FILE")
    if file is not None and file.value:
        if machine.paths.get(file.value) == "file":
            return TrustUse((), (TrustFile(file, replaces=True),), ignored=tuple(ignored))
        ignored.append((file, "does not exist, which LiteLLM ignores"))
    return TrustUse(("Mozilla's list (certifi)",), ignored=tuple(ignored))


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    """``SSL_CERTIFICATE``: certificate and key in one PEM file."""
    setting = machine.outside("SSL_CERTIFICATE")
    return ClientCertificate(setting) if setting is not None and setting.value else None


PROGRAM = Program("litellm-httpx", "LiteLLM (httpx)", httpx_proxy, trust, certificate, None, "1.106.2")
