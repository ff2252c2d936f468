from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from mcp_server.lab.serve import running


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("here")(scope, receive, send)


def test_the_server_answers_as_soon_as_the_block_begins_and_is_gone_when_it_ends() -> None:
    before = threading.active_count()
    with running(app) as url:
        assert httpx.get(url).text == "here"
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_it_listens_on_loopback_only_and_on_a_port_of_its_own() -> None:
    with running(app) as first, running(app) as second:
        assert first != second
        assert urlsplit(first).hostname == urlsplit(second).hostname == "127.0.0.1"


def test_it_ends_although_a_client_keeps_its_connection_open() -> None:
    with running(app) as url:
        parts = urlsplit(url)
        idle = socket.create_connection((parts.hostname, parts.port), timeout=5)
        idle.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        received = idle.makefile("rb")
        assert b"content-length: 4" in b"".join(iter(received.readline, b"\r\n"))
        assert received.read(4) == b"here"
    with idle, received:
        assert received.read(1) == b""


def test_it_ends_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), running(app) as url:
        raise ZeroDivisionError
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
