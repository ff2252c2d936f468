"""What is said about one program: its proxy for one URL, its trust, its client certificate, each with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mcp_server import redact
from mcp_server.snapshot import Setting, Snapshot

#: ``fails``: the program ends before it connects anywhere, or its own rules make the value useless.
Kind = Literal["direct", "proxy", "fails"]


@dataclass(frozen=True)
class ProxyUse:
    """The way of one program to one URL."""

    kind: Kind
    because: str
    """Fact in lower case: the variable or file that decided, and the rule."""
    authority: str = ""
    """``host:port`` of the proxy, no credentials."""
    scheme: str = ""
    """What is spoken to the proxy: ``http``, ``https``, ``socks4``, ``socks5``."""
    decided_by: Setting | None = field(default=None, repr=False)
    """The proxy value that counted; its value may hold a password."""
    bypassed_by: str | None = None
    """The NO_PROXY entry that matched."""
    cause: str = ""
    """For ``fails``: the id of ``causes.yaml`` that names it."""
    notes: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """What decided, in a few words: equal for programs that decide alike."""
        if self.bypassed_by is not None:
            return f"NO_PROXY entry {redact.quote(self.bypassed_by, 60)!r}"
        if self.decided_by is not None:
            return place(self.decided_by)
        return "nothing it reads names a proxy"

    @property
    def way(self) -> str:
        """``direct``, ``fails`` or ``http://host:port``: equal for programs that agree."""
        return f"{self.scheme}://{self.authority}" if self.kind == "proxy" else self.kind


@dataclass(frozen=True)
class TrustFile:
    """A CA file or folder that counts. ``setting.value`` is its path."""

    setting: Setting
    replaces: bool
    """True: nothing else is trusted, so it must hold the public CAs too."""
    scope: Literal["target", "proxy", "both"] = "both"
    """Which hop it is for: some programs trust an https:// proxy by other rules."""


@dataclass(frozen=True)
class TrustUse:
    """Which certificates one program accepts."""

    stores: tuple[str, ...]
    """Without a replacement: ``Mozilla's list (certifi)``, ``the system's store``, …"""
    files: tuple[TrustFile, ...] = ()
    off: Setting | None = None
    """What switches verification off."""
    fails: str = ""
    """Not empty: the program ends because of this setting."""
    ignored: tuple[tuple[Setting, str], ...] = ()
    """Settings that look as if they counted, and why they do not."""

    @property
    def replaced(self) -> bool:
        """Does a file take the place of the stores?"""
        return any(file.replaces for file in self.files)

    def accepts(self, path: str) -> bool:
        """Does the program trust the CA in the file ``path``?"""
        return not self.fails and (self.off is not None or any(file.setting.value == path for file in self.files))


@dataclass(frozen=True)
class ClientCertificate:
    """The certificate a program shows when a server asks for one."""

    certificate: Setting = field(repr=False)
    key: Setting | None = field(default=None, repr=False)
    """Its value is a path, or for npm's older form the key itself."""


@dataclass(frozen=True)
class Program:
    """One program and its three rules. All are pure functions of the snapshot."""

    id: str
    label: str
    proxy: Callable[[Snapshot, str], ProxyUse]
    trust: Callable[[Snapshot, str], TrustUse]
    certificate: Callable[[Snapshot, str], ClientCertificate | None]
    command: str | None = None
    """Name on PATH; ``None`` for a library, which may be anywhere."""
    measured: str = ""
    """The release these rules were measured on."""


def place(setting: Setting) -> str:
    """``HTTPS_PROXY (shell)`` or ``http.proxy (~/.gitconfig:3)`` for messages."""
    return f"{redact.quote(setting.name, 120)} ({redact.quote(setting.source, 200)})"


def no_certificate(_machine: Snapshot, _url: str) -> None:
    """For programs without a setting for a client certificate."""
    return
