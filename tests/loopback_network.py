"""Real parts on loopback for network tests: a scripted proxy, TLS servers with a generated CA, dead ends."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


@asynccontextmanager
async def serving(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a port of the kernel's choice; every connection is dropped at the end."""
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            await handler(reader, writer)
        tasks.discard(task)
        writer.transport.abort()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=context)
    # A failed handshake is what these tests are about; the loop need not log it.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def answer_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A plain HTTP server that says 200 to everything, and 400 at once to what is no HTTP, as real ones do."""
    first = await reader.readexactly(1)
    if not first.isalpha():
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        return
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nserver: loopback\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()


async def never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accepts, reads and keeps silent."""
    while await reader.read(4_096):
        pass
    await asyncio.Event().wait()


def saying(answer: bytes) -> Handler:
    """A server that reads one head and answers these bytes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return handler


@dataclass
class ScriptedProxy:
    """A forward proxy. ``refusal`` (bytes) is sent instead of a tunnel; else it really connects."""

    refusal: bytes | None = None
    heads: list[str] = field(default_factory=list)
    hosts: dict[str, int] = field(default_factory=dict)
    """Names this proxy "resolves": host → loopback port."""

    @property
    def first_lines(self) -> list[str]:
        return [head.split("\r\n")[0] for head in self.heads]

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        if self.refusal is not None:
            writer.write(self.refusal)
            await writer.drain()
            return
        method, target, _ = head.split(" ", 2)
        authority = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = authority.rpartition(":")
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self.hosts.get(host) or int(port))
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            upstream[1].write(head.replace(f"http://{authority}", "", 1).encode("latin-1"))
        try:
            await asyncio.gather(_pump(reader, upstream[1]), _pump(upstream[0], writer))
        finally:
            upstream[1].transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def refusing(status: str, *headers: str) -> bytes:
    """The head of a proxy's refusal."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]).encode("latin-1")


@dataclass
class Issued:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority of its own, in ``folder``."""

    def __init__(self, folder: Path, name: str = "Loopback Test CA") -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self._name, self._name, self._key, NOW - DAY, NOW + 30 * DAY)
        self._certificate = builder.add_extension(constraints, critical=True).sign(self._key, hashes.SHA256())
        self.pem = folder / "ca.pem"
        self.pem.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self.der = folder / "ca.crt"
        self.der.write_bytes(self._certificate.public_bytes(serialization.Encoding.DER))

    @property
    def key_pem(self) -> bytes:
        """The authority's own key, for programs that sign by themselves."""
        return _key_bytes(self._key)

    def issue(
        self, *names: str, until: datetime.datetime = NOW + 20 * DAY, self_signed: bool = False, label: str = "leaf"
    ) -> Issued:
        """A server or client certificate for ``names``."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(names[0])
        issuer, signer = (subject, key) if self_signed else (self._name, self._key)
        alternatives = [x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
        builder = _builder(subject, issuer, key, min(NOW, until) - 2 * DAY, until)
        certificate = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False).sign(
            signer, hashes.SHA256()
        )
        place = self._folder / f"{label}.pem"
        place.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_place = self._folder / f"{label}-key.pem"
        key_place.write_bytes(_key_bytes(key))
        return Issued(place, key_place)

    def server(self, issued: Issued, *, client_certificates: bool = False) -> ssl.SSLContext:
        """The TLS side of a server; ``client_certificates`` makes it insist on one of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        if client_certificates:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.pem)
        return context


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    since: datetime.datetime,
    until: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def closed_port() -> int:
    """A loopback port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def blocking_tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """A TLS server on plain sockets: unlike asyncio it delivers its alert before it hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            with raw, contextlib.suppress(OSError, ssl.SSLError):
                raw.settimeout(3)
                with context.wrap_socket(raw, server_side=True) as tls:
                    tls.recv(4_096)
                    tls.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port that neither accepts nor refuses: its queue of unaccepted connections is full."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = int(listener.getsockname()[1])
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
        fillers.append(filler)
    try:
        yield port
    finally:
        for filler in fillers:
            filler.close()
        listener.close()


@contextlib.contextmanager
def canned(status: int, text: str, content_type: str = "application/json") -> Iterator[str]:
    """An HTTP server with one answer to everything; yields its base URL."""

    class Canned(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            data = text.encode()
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_HEAD = do_POST  # noqa: N815 - the library names them

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Canned)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
