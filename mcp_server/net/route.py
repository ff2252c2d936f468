"""How bytes travel to one URL: decided once, used by every probe and by the one HTTP client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_server.effective import ClientTarget


@dataclass(frozen=True)
class Route:
    """Proxy and trust for one base URL. ``ca_file`` is trusted *in addition to* the system's store."""

    base_url: str
    proxy: str | None = field(default=None, repr=False)
    """Full proxy URL, user info included; never shown without ``redact.url``."""
    ca_file: str | None = None
    extra_ca_files: tuple[str, ...] = ()
    """More PEM files to trust."""
    stores: tuple[str, ...] = ("bundled", "system")
    """``bundled`` = Mozilla's roots, ``system`` = the operating system's."""
    client_certificate: str | None = None
    client_key: str | None = None
    client_key_passphrase: str = field(default="", repr=False)
    link_local: bool = False
    """True when the user himself named a link-local or cloud-metadata address; else it is refused."""
    timeout: float = 10.0
    """Seconds for each single step (resolve, connect, first byte, …)."""


class NetFailure(Exception):  # noqa: N818 - a fact about the network, not a fault of ours
    """A connection step failed. ``cause`` is an id of ``causes.yaml``, ``step`` names the step."""

    def __init__(self, step: str, cause: str, detail: str) -> None:
        self.step = step
        self.cause = cause
        self.detail = detail
        super().__init__(detail)


def route_of(target: ClientTarget, timeout: float = 10.0) -> Route:
    """How bytes travel to the client's base URL: its proxy, and the CA files it adds to its trust."""
    used = [file.path for file in target.ca_files if file.effective]
    certificate, key = target.client_certificate, target.client_key
    return Route(
        base_url=target.base_url.value,
        proxy=target.proxy.proxy,
        ca_file=used[0] if used else None,
        extra_ca_files=tuple(used[1:]),
        stores=target.stores,
        client_certificate=certificate.value if certificate else None,
        client_key=key.value if key else None,
        client_key_passphrase=target.client_key_passphrase,
        timeout=timeout,
    )
