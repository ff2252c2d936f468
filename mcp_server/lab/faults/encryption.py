"""Faults of TLS between client and gateway."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mcp_server.lab.certificates import Authority, self_signed
from mcp_server.lab.faults import raw
from mcp_server.lab.faults.base import Fault, Served, Stand

_DAY = timedelta(days=1)
#: What a stand makes: the server's TLS context, and the CA file that the client is given (``None``: none).
Made = tuple[ssl.SSLContext, Path | None]


def tls_served(make: Callable[[Path], Made]) -> Stand:
    """A stand that speaks TLS as ``make`` says and passes everything on to the upstream."""

    @contextmanager
    def stand(upstream: str, folder: Path) -> Iterator[Served]:
        context, ca_file = make(folder)
        behind = int(upstream.rpartition(":")[2])
        with raw.listening(raw.relaying(behind), context) as port:
            trusted = {"NODE_EXTRA_CA_CERTS": str(ca_file)} if ca_file else {}
            yield Served(f"https://{raw.LOOPBACK}:{port}", trusted, ca_file)

    return stand


def private_ca(folder: Path) -> Made:
    """No fault: a private CA that the client is told to trust."""
    authority = Authority(folder)
    return authority.issue(raw.LOOPBACK).server_context(), authority.file


def _self_signed(folder: Path) -> Made:
    return self_signed(folder, raw.LOOPBACK).server_context(), None


def _unknown_ca(folder: Path) -> Made:
    return Authority(folder).issue(raw.LOOPBACK).server_context(), None


def _inspecting_ca(folder: Path) -> Made:
    return Authority(folder, "Zscaler Intermediate Root CA").issue(raw.LOOPBACK).server_context(), None


def _wrong_ca_file(folder: Path) -> Made:
    other = Authority(folder, "Another Root CA")
    return Authority(folder).issue(raw.LOOPBACK).server_context(), other.file


def _wrong_host(folder: Path) -> Made:
    authority = Authority(folder)
    return authority.issue("other.lab.invalid").server_context(), authority.file


def _expired(folder: Path) -> Made:
    authority = Authority(folder)
    return authority.issue(raw.LOOPBACK, begins=-10 * _DAY, ends=-_DAY).server_context(), authority.file


def _not_yet_valid(folder: Path) -> Made:
    authority = Authority(folder)
    return authority.issue(raw.LOOPBACK, begins=_DAY, ends=10 * _DAY).server_context(), authority.file


def _incomplete_chain(folder: Path) -> Made:
    root = Authority(folder)
    issuing = Authority(folder, "Laboratory Issuing CA", root)
    return issuing.issue(raw.LOOPBACK, with_chain=False).server_context(), root.file


def client_certificate(folder: Path) -> Made:
    """The server insists on a client certificate of the same CA."""
    context, ca_file = private_ca(folder)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca_file)
    return context, ca_file


async def _refuse_version(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a server of TLS 1.0 and 1.1 says to a newer greeting: the fatal alert protocol_version (RFC 5246, 7.2)."""
    await reader.read(4_096)
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46")
    await writer.drain()


@contextmanager
def _old_protocol(_upstream: str, _folder: Path) -> Iterator[Served]:
    with raw.listening(_refuse_version) as port:
        yield Served(f"https://{raw.LOOPBACK}:{port}")


@contextmanager
def _plain_on_tls_url(upstream: str, _folder: Path) -> Iterator[Served]:
    yield Served(upstream.replace("http://", "https://"))


@contextmanager
def _tls_on_plain_url(upstream: str, folder: Path) -> Iterator[Served]:
    with tls_served(private_ca)(upstream, folder) as served:
        yield Served(served.base_url.replace("https://", "http://"), served.environment, served.ca_file)


@contextmanager
def _cut_greeting(_upstream: str, _folder: Path) -> Iterator[Served]:
    with raw.listening(raw.close_at_once) as port:
        yield Served(f"https://{raw.LOOPBACK}:{port}")


def _tls(id_: str, title: str, cause: str, make: Callable[[Path], Made]) -> Fault:
    return Fault(id_, title, cause, "tls", stand=tls_served(make))


FAULTS = (
    _tls("tls-self-signed", "a self-signed certificate", "tls_ca_not_trusted", _self_signed),
    _tls("tls-unknown-ca", "a private CA that the client does not know", "tls_ca_not_trusted", _unknown_ca),
    _tls("tls-inspection", "a proxy product re-signs TLS", "tls_ca_not_trusted", _inspecting_ca),
    _tls("tls-wrong-ca-file", "the client is given another CA", "tls_ca_not_trusted", _wrong_ca_file),
    _tls("tls-wrong-host", "a certificate for another name", "tls_hostname_or_chain_invalid", _wrong_host),
    _tls("tls-expired", "an expired certificate", "tls_certificate_expired", _expired),
    _tls("tls-not-yet-valid", "a certificate of the future", "tls_certificate_expired", _not_yet_valid),
    _tls("tls-incomplete-chain", "the intermediate is not sent", "tls_hostname_or_chain_invalid", _incomplete_chain),
    _tls("tls-client-certificate", "mTLS without a certificate", "tls_client_certificate_required", client_certificate),
    Fault("tls-old-protocol", "TLS 1.1 at most", "tls_protocol_mismatch", "tls", stand=_old_protocol),
    Fault("tls-none", "https:// against a plain port", "tls_on_plain_http_port", "tls", stand=_plain_on_tls_url),
    Fault("tls-unexpected", "http:// against a TLS port", "plain_http_on_tls_port", "tls", stand=_tls_on_plain_url),
    Fault("tls-cut", "closed during the handshake", "connection_reset", "tcp", stand=_cut_greeting),
)
