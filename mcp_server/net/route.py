"""How bytes travel to one URL: decided once, used by every probe and by the one HTTP client."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Route:
    """Proxy and trust for one base URL. ``ca_file`` is trusted *in addition to* the system's store."""

    base_url: str
    proxy: str | None = field(default=None, repr=False)
    """Full proxy URL, user info included; never shown without ``redact.url``."""
    ca_file: str | None = None
    extra_ca_files: tuple[str, ...] = ()
    """More PEM files to trust."""
    client_certificate: str | None = None
    client_key: str | None = None
    timeout: float = 10.0
    """Seconds for each single step (resolve, connect, first byte, …)."""


class NetFailure(Exception):
    """A connection step failed. ``cause`` is an id of ``causes.yaml``, ``step`` names the step."""

    def __init__(self, step: str, cause: str, detail: str) -> None:
        self.step = step
        self.cause = cause
        self.detail = detail
        super().__init__(detail)
