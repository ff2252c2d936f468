"""Faults of the corporate proxy. The gateway behind it has a name that only the proxy knows."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mcp_server.lab.certificates import Authority
from mcp_server.lab.faults import raw
from mcp_server.lab.faults.base import Fault, Served, Stand

GATEWAY = "llm-gateway.lab.invalid"
_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


def _head(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", body]
    return "\r\n".join(lines).encode()


def _page(status: str, title: str) -> bytes:
    return _head(status, "Content-Type: text/html", body=f"<html><title>{title}</title></html>")


def tunnelling(port: int, *, credentials: str = "") -> raw.Handler:
    """A working proxy: every CONNECT leads to ``port``, with ``user:password`` only if asked for."""
    wanted = b"Basic " + b64encode(credentials.encode())
    refusal = _head("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="corp"')

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"CONNECT "):
            writer.write(_head("400 Bad Request"))
        elif credentials and wanted not in head:
            writer.write(refusal)
        else:
            writer.write(_OPEN)
            await writer.drain()
            await raw.relay(reader, writer, port)
            return
        await writer.drain()

    return handler


@contextmanager
def behind_proxy(
    upstream: str,
    folder: Path,
    proxy: Callable[[int], AbstractContextManager[int]],
    *,
    scheme: str = "http",
    user: str = "",
    name: str = raw.LOOPBACK,
) -> Iterator[Served]:
    """The upstream with TLS at https://llm-gateway.lab.invalid, to be reached through ``proxy(port)`` only."""
    authority = Authority(folder)
    context = authority.issue(GATEWAY).server_context()
    behind = int(upstream.rpartition(":")[2])
    with raw.listening(raw.relaying(behind), context) as port, proxy(port) as at:
        url = f"{scheme}://{user}{name}:{at}"
        environment = {"HTTPS_PROXY": url, "NODE_EXTRA_CA_CERTS": str(authority.file)}
        yield Served(f"https://{GATEWAY}", environment, authority.file)


def _proxy(proxy: Callable[[int], AbstractContextManager[int]], **more: str) -> Stand:
    return lambda upstream, folder: behind_proxy(upstream, folder, proxy, **more)


def _answering(answer: bytes) -> Stand:
    return _proxy(lambda _port: raw.listening(raw.saying(answer)))


_FAULTS: tuple[tuple[str, str, str, str, Stand], ...] = (
    ("proxy-refused", "nothing listens at the proxy's port", "proxy_unreachable", "proxy",
     _proxy(lambda _port: raw.refused_port())),
    ("proxy-silent", "the proxy accepts and never answers", "proxy_unreachable", "proxy",
     _proxy(lambda _port: raw.listening(raw.never_answer))),
    ("proxy-name-unknown", "the proxy's name does not resolve", "name_not_resolved", "name",
     _proxy(lambda _port: raw.refused_port(), name="proxy.lab.invalid")),
    ("proxy-407", "the proxy wants credentials", "proxy_auth_failed", "proxy",
     _proxy(lambda port: raw.listening(tunnelling(port, credentials="alice:correct")))),
    ("proxy-407-wrong", "the proxy refuses the password", "proxy_auth_failed", "proxy",
     _proxy(lambda port: raw.listening(tunnelling(port, credentials="alice:correct")), user="alice:wrong@")),
    ("proxy-407-ntlm", "the proxy offers NTLM and Negotiate only", "proxy_auth_failed", "proxy",
     _answering(_head("407 Proxy Authentication Required", "Proxy-Authenticate: NTLM",
                      "Proxy-Authenticate: Negotiate"))),
    ("proxy-403", "the proxy forbids the host", "egress_host_blocked", "proxy", _answering(_head("403 Forbidden"))),
    ("proxy-403-page", "the proxy shows a block page", "egress_host_blocked", "proxy",
     _answering(_page("403 Forbidden", "Blocked by policy"))),
    ("proxy-200-page", "a web page with status 200 instead of a tunnel", "html_instead_of_api", "route",
     _answering(_page("200 OK", "Welcome"))),
    ("proxy-502", "the proxy cannot reach the gateway", "gateway_unreachable", "tcp",
     _answering(_head("502 Bad Gateway"))),
    ("proxy-504", "the proxy waits for the gateway in vain", "connection_timeout", "tcp",
     _answering(_head("504 Gateway Timeout"))),
    ("proxy-captive-portal", "the proxy sends to a sign-in page", "redirect_to_login", "route",
     _answering(_head("302 Found", "Location: https://portal.lab.invalid/login"))),
    ("proxy-is-a-web-server", "a web server stands where the proxy should be", "proxy_unreachable", "proxy",
     _answering(_page("405 Not Allowed", "405 Not Allowed"))),
    ("proxy-socks", "a SOCKS proxy", "proxy_scheme_unsupported", "proxy",
     _proxy(lambda port: raw.listening(tunnelling(port)), scheme="socks5")),
    ("proxy-no-tls", "https:// in the proxy's URL, which speaks plain HTTP", "tls_on_plain_http_port", "tls",
     _proxy(lambda port: raw.listening(tunnelling(port)), scheme="https")),
    ("proxy-cuts-tunnel", "the tunnel opens and is cut", "connection_reset", "tcp", _answering(_OPEN)),
)  # fmt: skip

FAULTS = tuple(Fault(id_, title, cause, layer, stand=stand) for id_, title, cause, layer, stand in _FAULTS)
