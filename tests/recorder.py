"""Listeners on loopback that write down who connects and with which first bytes: the judge of predictions."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from real_claude import ANSWER

#: In a case, these stand for the ports of two recording proxies and of the target.
LABELS = ("proxy", "other", "target")


@dataclass
class Recorder:
    """Two proxies and a target. All refuse with 402, which ends every program at once."""

    ports: dict[str, int] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fill(self, text: str) -> str:
        """``text`` with ``{proxy}``, ``{other}`` and ``{target}`` replaced by the ports."""
        for label, port in self.ports.items():
            text = text.replace(f"{{{label}}}", str(port))
        return text

    def take(self) -> list[tuple[str, str]]:
        """What was seen since the last call: label and first line (``TLS`` and ``SOCKS`` for those greetings)."""
        with self._lock:
            found, self.seen = self.seen, []
        return found

    def note(self, label: str, data: bytes) -> None:
        with self._lock:
            self.seen.append((label, _first_line(data)))


def _first_line(data: bytes) -> str:
    if data[:1] == b"\x16":
        return "TLS"
    if data[:1] in (b"\x04", b"\x05"):
        return "SOCKS"
    return data.decode("latin-1")


@contextlib.contextmanager
def recording(tls: ssl.SSLContext | None = None) -> Iterator[Recorder]:
    """A running Recorder; with ``tls`` its target finishes the handshake and notes ``TLS ok`` or the failure."""
    recorder, listeners, threads = Recorder(), [], []
    for label in LABELS:
        listener = socket.socket(socket.AF_INET6)
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(("::", 0))
        listener.listen(64)
        recorder.ports[label] = listener.getsockname()[1]
        context = tls if label == "target" else None
        thread = threading.Thread(target=_accept, args=(recorder, label, listener, context), daemon=True)
        thread.start()
        listeners.append(listener)
        threads.append(thread)
    try:
        yield recorder
    finally:
        for listener in listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in threads:
            thread.join(5)


def _accept(recorder: Recorder, label: str, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(recorder, label, connection, tls), daemon=True).start()


def _serve(recorder: Recorder, label: str, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(2)
        first = connection.recv(1, socket.MSG_PEEK)
        if tls is not None and first == b"\x16":
            try:
                secure = tls.wrap_socket(connection, server_side=True)
            except ssl.SSLError as failure:
                recorder.note(label, f"TLS refused: {failure.reason}".encode())
                return
            with secure:
                # Node and Bun finish the handshake and judge afterwards: only a request shows trust. Claude Code
                # 2.1.197 opens connections beforehand, with a HEAD request and another trust.
                head = _until_head(secure)
                if not head or head.startswith(b"HEAD "):
                    recorder.note(label, b"TLS refused: no request")
                    return
                certificate = " with certificate" if secure.getpeercert(True) else ""
                recorder.note(label, f"TLS ok{certificate}".encode())
                secure.sendall(ANSWER)
            return
        data = connection.recv(1) if first in (b"\x16", b"\x04", b"\x05") else _until_head(connection)
        recorder.note(label, data)
        if first not in (b"\x16", b"\x04", b"\x05"):
            connection.sendall(ANSWER)


def _until_head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and len(data) < 65_536:
        part = connection.recv(4_096)
        if not part:
            break
        data += part
    return data
