"""A TLS handshake over any channel (a socket, a tunnel, TLS inside TLS), and what it says about trust."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mcp_server import redact
from mcp_server.net.failures import tls_failure
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import Channel

_PIECE = 16_384
_LONGEST_CHAIN = 10


@dataclass(frozen=True)
class Certificate:
    """The server's own certificate, as far as a person needs it. All texts are quoted."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    self_signed: bool


class TlsChannel:
    """TLS on top of another channel. ``context`` decides what is trusted."""

    def __init__(self, below: Channel, context: ssl.SSLContext, host: str) -> None:
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        self.first_bytes = b""

    async def handshake(self) -> None:
        """Raises ssl.SSLError or OSError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
                continue
            except ssl.SSLError:
                # The alert tells the server why; a failure to deliver it changes nothing.
                with suppress(OSError):
                    await self._flush()
                raise
            await self._flush()
            return

    async def read(self, most: int) -> bytes:
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        self._tls.write(data)
        await self._flush()

    @property
    def version(self) -> str:
        return self._tls.version() or "TLS"

    def certificate(self) -> Certificate | None:
        """The peer's certificate, verified or not; ``None`` when it cannot be read."""
        der = self._tls.getpeercert(binary_form=True)
        return read_certificate(der) if der else None

    def chain(self) -> tuple[Certificate, ...]:
        """What the server sent, its own certificate first, verified or not; empty where Python cannot tell."""
        # Public from Python 3.13 on; the object inside has had the same method since 3.10.
        get = getattr(self._tls, "get_unverified_chain", None) or getattr(
            getattr(self._tls, "_sslobj", None), "get_unverified_chain", None
        )
        sent = (get() if get is not None else None) or ()
        ders = [part if isinstance(part, bytes) else ssl.PEM_cert_to_DER_cert(part.public_bytes()) for part in sent]
        read = [read_certificate(der) for der in ders[:_LONGEST_CHAIN]]
        return tuple(found for found in read if found is not None)

    async def _flush(self) -> None:
        waiting = self._out.read()
        if waiting:
            await self._below.write(waiting)

    async def _fill(self) -> None:
        piece = await self._below.read(_PIECE)
        if not self.first_bytes:
            self.first_bytes = piece[:16]
        if piece:
            self._in.write(piece)
        else:
            self._in.write_eof()


@dataclass(frozen=True)
class Handshake:
    """Outcome of one handshake. ``failure`` is set when the certificate or the protocol is refused."""

    seconds: float
    version: str = ""
    certificate: Certificate | None = None
    failure: NetFailure | None = None
    verify_code: int = 0
    """OpenSSL's verification code, 0 when verification was not what failed."""
    channel: TlsChannel | None = field(default=None, repr=False)


async def shake_hands(channel: Channel, host: str, context: ssl.SSLContext, timeout: float, *, where: str) -> Handshake:
    """One handshake with ``host`` over ``channel``; never raises for a broken server."""
    started = time.monotonic()
    try:
        tls = TlsChannel(channel, context, host)
    except (ValueError, ssl.SSLError):
        refused = NetFailure("tls", "base_url_wrong_endpoint", f"{where} is no host name TLS can ask for")
        return Handshake(0.0, failure=refused)
    failure: NetFailure | None = None
    code = 0
    try:
        await asyncio.wait_for(tls.handshake(), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        said = f"{where} does not finish the TLS handshake within {timeout:g} s"
        failure = NetFailure("tls", "connection_timeout", said)
    except ssl.SSLError as error:
        if isinstance(error, ssl.SSLCertVerificationError):
            code = error.verify_code
        plain = tls.first_bytes[:1] not in (b"", b"\x15", b"\x16")
        if plain:
            failure = NetFailure("tls", "tls_on_plain_http_port", f"{where} speaks no TLS, but the URL says https://")
        else:
            failure = tls_failure(error, where)
    except OSError:
        failure = NetFailure("tls", "connection_reset", f"{where} resets the connection during the TLS handshake")
    seconds = time.monotonic() - started
    if failure is not None:
        return Handshake(seconds, failure=failure, verify_code=code)
    return Handshake(seconds, tls.version, tls.certificate(), channel=tls)


async def first_answer(channel: TlsChannel, where: str, timeout: float, patience: float) -> str | NetFailure:
    """What the server says to ``HEAD /``, e.g. ``HTTP 200``. In TLS 1.3 only this shows that a client certificate
    was wanted: the handshake itself succeeds, and the alert follows.

    ``patience`` seconds are left for that alert before anything is sent: a request that crosses it makes the server's
    system answer with a reset, which swallows the alert.
    """
    host = where.removesuffix(":443")
    try:
        with suppress(asyncio.TimeoutError, TimeoutError):
            await asyncio.wait_for(channel.read(1), patience)
        await channel.write(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        data = await asyncio.wait_for(channel.read(_PIECE), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        return "no HTTP answer yet"
    except ssl.SSLError as failure:
        return tls_failure(failure, where)
    except OSError:
        return NetFailure("tls", "connection_reset", f"{where} cuts the connection right after the TLS handshake")
    status = re.match(rb"HTTP/\d(?:\.\d)? +(\d{3})", data)
    return f"HTTP {status[1].decode()}" if status else "no HTTP answer yet"


async def certificate_complaint(channel: TlsChannel, where: str, timeout: float) -> bool:
    """Is the page behind a 400 about the client certificate? nginx says so there, and nowhere in the handshake."""
    page = bytearray()
    with suppress(asyncio.TimeoutError, TimeoutError, OSError):
        await channel.write(
            f"GET / HTTP/1.1\r\nHost: {where.removesuffix(':443')}\r\nConnection: close\r\n\r\n".encode()
        )
        while len(page) < _PIECE and (piece := await asyncio.wait_for(channel.read(_PIECE), timeout)):
            page += piece
    return b"SSL certificate" in page


def looking_context() -> ssl.SSLContext:
    """A context for looking at a refused certificate only: the connection is dropped and carries no data."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def read_certificate(der: bytes) -> Certificate | None:
    """Subject, issuer, names and dates out of DER bytes; ``None`` when they are no certificate."""
    import warnings

    from cryptography import x509

    try:
        with warnings.catch_warnings():
            # Odd but working certificates (negative serial numbers …) are described, not lectured about.
            warnings.simplefilter("ignore")
            found = x509.load_der_x509_certificate(der)
            names = _alternative_names(found)
            return Certificate(
                subject=_name(found.subject),
                issuer=_name(found.issuer),
                names=tuple(redact.quote(name, 100) for name in names[:20]),
                not_before=found.not_valid_before_utc,
                not_after=found.not_valid_after_utc,
                self_signed=found.issuer == found.subject,
            )
    except ValueError:
        return None


def read_certificates(path: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM file that can be read; at most twenty."""
    try:
        text = Path(path).read_text(encoding="ascii", errors="ignore")[:400_000]
    except OSError:
        return ()
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    found: list[Certificate] = []
    for block in blocks[:20]:
        with suppress(ValueError):
            certificate = read_certificate(ssl.PEM_cert_to_DER_cert(block))
            found += [certificate] if certificate is not None else []
    return tuple(found)


def _alternative_names(found: object) -> list[str]:
    from cryptography import x509

    assert isinstance(found, x509.Certificate)
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [str(name.value) for name in extension.value if isinstance(name, (x509.DNSName, x509.IPAddress))]


def _name(name: object) -> str:
    """``common name (organisation)`` of a distinguished name."""
    from cryptography import x509

    assert isinstance(name, x509.Name)
    parts = {}
    for oid, key in ((x509.NameOID.COMMON_NAME, "cn"), (x509.NameOID.ORGANIZATION_NAME, "o")):
        found = name.get_attributes_for_oid(oid)
        if found:
            parts[key] = redact.quote(found[0].value, 100)
    if "cn" in parts and "o" in parts and parts["o"] != parts["cn"]:
        return f"{parts['cn']} ({parts['o']})"
    return parts.get("cn") or parts.get("o") or redact.quote(name.rfc4514_string(), 120) or "no name"
