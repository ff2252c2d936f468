from __future__ import annotations

import asyncio
import gzip
import zlib

import anyio
import pytest
from loopback_network import (
    Authority,
    ScriptedProxy,
    answer_ok,
    black_hole,
    closed_port,
    never_answer,
    refusing,
    saying,
    serving,
)

from mcp_server.net.http import request, stream
from mcp_server.net.route import NetFailure, Route

pytestmark = pytest.mark.anyio


async def failure_of(route: Route, path: str = "/", **more: object) -> NetFailure:
    with pytest.raises(NetFailure) as caught:
        await request(route, "GET", path, headers={}, **more)  # type: ignore[arg-type]
    return caught.value


async def test_an_answer_comes_back_whole_with_its_times() -> None:
    async with serving(answer_ok) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/x", headers={})
    assert (reply.status, reply.body, reply.truncated) == (200, b"ok", False)
    assert reply.headers["server"] == "loopback"
    assert 0 < reply.first_byte_seconds <= reply.total_seconds < 5


async def test_a_path_prefix_of_the_base_url_is_kept() -> None:
    heads: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    async with serving(handler) as port:
        await request(Route(f"http://127.0.0.1:{port}/gw/"), "GET", "/v1/models", headers={"X-A": "1"})
    assert heads[0].startswith(b"GET /gw/v1/models HTTP/1.1")
    assert b"x-a: 1" in heads[0].lower()


async def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with serving(saying(moved)) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={})
    assert reply.status == 302


async def test_proxy_variables_of_this_process_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    async with serving(answer_ok) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={})
    assert reply.status == 200


async def test_a_decompression_bomb_stops_at_the_limit() -> None:
    body = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    async with serving(saying(head + body)) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={}, limit=10_000)
    assert (len(reply.body), reply.truncated) == (10_000, True)


async def test_a_body_without_end_stops_at_the_limit() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(endless) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={}, limit=100_000)
    assert (len(reply.body), reply.truncated) == (100_000, True)


async def test_a_dripping_body_stops_at_the_deadline() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as port:
        with anyio.fail_after(30):
            reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={}, deadline=0.3)
    assert reply.truncated


@pytest.mark.parametrize(
    ("encoding", "body", "expected", "told"),
    [
        ("gzip", gzip.compress(b"fine"), b"fine", ""),
        ("deflate", zlib.compress(b"fine"), b"fine", ""),
        ("deflate", zlib.compress(b"fine")[2:-4], b"fine", ""),
        ("gzip", b"not compressed", b"not compressed", "not compressed although"),
        ("br", b"\x0b\x02\x80", b"\x0b\x02\x80", "br was not asked for"),
    ],
)
async def test_encodings_right_and_wrong_never_crash(encoding: str, body: bytes, expected: bytes, told: str) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    async with serving(saying(head + body)) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={})
    assert reply.body == expected
    assert told in reply.encoding_problem
    assert bool(told) == bool(reply.encoding_problem)


async def test_a_damaged_compressed_body_is_said_to_be_damaged() -> None:
    body = gzip.compress(b"fine words " * 5_000)
    body = body[:60] + b"\xff" * 40 + body[100:]
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    async with serving(saying(head + body)) as port:
        reply = await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={})
    assert "damaged" in reply.encoding_problem


async def test_a_closed_port_is_named() -> None:
    port = closed_port()
    told = await failure_of(Route(f"http://127.0.0.1:{port}"))
    assert (told.step, told.cause) == ("tcp", "gateway_unreachable")
    assert f"127.0.0.1:{port}" in told.detail


async def test_an_unknown_name_is_named() -> None:
    told = await failure_of(Route("http://gateway.invalid"))
    assert (told.step, told.cause) == ("name", "name_not_resolved")


async def test_a_black_hole_ends_in_time() -> None:
    with black_hole() as port, anyio.fail_after(30):
        told = await failure_of(Route(f"http://127.0.0.1:{port}", timeout=0.3))
    assert told.cause == "connection_timeout"


async def test_a_silent_server_is_a_timeout_of_the_answer() -> None:
    async with serving(never_answer) as port:
        told = await failure_of(Route(f"http://127.0.0.1:{port}", timeout=0.2))
    assert (told.step, told.cause) == ("answer", "stream_or_request_timeout")


async def test_a_silent_server_behind_https_is_a_timeout_of_the_handshake() -> None:
    async with serving(never_answer) as port:
        told = await failure_of(Route(f"https://127.0.0.1:{port}", timeout=0.2))
    assert (told.step, told.cause) == ("tls", "connection_timeout")
    assert "handshake" in told.detail


async def test_a_connection_closed_without_answer_is_a_reset() -> None:
    async with serving(saying(b"")) as port:
        told = await failure_of(Route(f"http://127.0.0.1:{port}"))
    assert told.cause == "connection_reset"


async def test_https_to_a_plain_port_and_http_to_a_tls_port_are_told_apart(tmp_path: object) -> None:
    authority = Authority(tmp_path)  # type: ignore[arg-type]
    async with serving(answer_ok) as port:
        assert (await failure_of(Route(f"https://127.0.0.1:{port}"))).cause == "tls_on_plain_http_port"
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        told = await failure_of(Route(f"http://127.0.0.1:{port}"))
    assert told.cause in ("plain_http_on_tls_port", "connection_reset")


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (refusing("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"'), "proxy_auth_failed"),
        (refusing("403 Forbidden"), "egress_host_blocked"),
        (refusing("502 Bad Gateway"), "gateway_unreachable"),
        (b"", "proxy_unreachable"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "proxy_unreachable"),
    ],
)
async def test_a_refused_tunnel_is_blamed_on_the_proxy(refusal: bytes, cause: str) -> None:
    async with serving(ScriptedProxy(refusal)) as port:
        told = await failure_of(Route("https://gateway.test", proxy=f"http://u:planted-secret@127.0.0.1:{port}"))
    assert (told.step, told.cause) == ("proxy", cause)
    assert "planted-secret" not in told.detail


async def test_a_proxy_that_never_answers_ends_in_time() -> None:
    async with serving(never_answer) as port:
        told = await failure_of(Route("https://gateway.test", proxy=f"http://127.0.0.1:{port}", timeout=0.2))
    assert (told.step, told.cause) == ("proxy", "proxy_unreachable")


async def test_a_dead_proxy_is_not_called_a_dead_gateway() -> None:
    told = await failure_of(Route("https://gateway.test", proxy=f"http://127.0.0.1:{closed_port()}"))
    assert (told.step, told.cause) == ("proxy", "proxy_unreachable")


async def test_a_header_that_cannot_travel_is_named_without_its_value() -> None:
    async with serving(answer_ok) as port:
        with pytest.raises(NetFailure) as caught:
            await request(Route(f"http://127.0.0.1:{port}"), "GET", "/", headers={"authorization": "Bearer a\nplanted"})
    assert caught.value.cause == "auth_header_format_wrong"
    assert "planted" not in caught.value.detail


@pytest.mark.parametrize("url", ["127.0.0.1:4000", "http://[::1", "ftp://x", "", "https://"])
async def test_a_url_that_is_none_is_named(url: str) -> None:
    assert (await failure_of(Route(url))).cause == "base_url_wrong_endpoint"


async def test_metadata_addresses_are_refused_unless_named() -> None:
    told = await failure_of(Route("http://169.254.169.254/latest", timeout=0.2))
    assert "cloud-metadata" in told.detail


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


async def test_events_come_back_with_their_arrival_times() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(STREAM + b"\r\nevent: message_start\r\ndata: {}\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b": ping\n\ndata: a\ndata: b\n\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with serving(handler) as port:
        reply = await stream(Route(f"http://127.0.0.1:{port}"), "/v1/messages", headers={}, json={"a": 1})
    assert [(e.event, e.data) for e in reply.events] == [("message_start", "{}"), ("message", "a\nb")]
    assert reply.events[1].at_seconds - reply.events[0].at_seconds >= 0.04
    assert (reply.ended, reply.pieces >= 2) == ("clean", True)


@pytest.mark.parametrize("tail", [b"event: x\ndata: abc", b"event: x\ndata: abc\n", b"event: x\n", b"dat"])
async def test_a_stream_that_ends_inside_an_event_is_cut(tail: bytes) -> None:
    async with serving(saying(STREAM + b"\r\ndata: whole one\n\n" + tail)) as port:
        reply = await stream(Route(f"http://127.0.0.1:{port}"), "/", headers={}, json={})
    assert reply.ended == "cut"
    assert [e.data for e in reply.events] == ["whole one"]


async def test_a_stream_that_breaks_off_in_its_chunks_is_cut() -> None:
    async with serving(saying(STREAM + b"transfer-encoding: chunked\r\n\r\n11\r\ndata: whole one\n\n\r\n")) as port:
        reply = await stream(Route(f"http://127.0.0.1:{port}"), "/", headers={}, json={})
    assert reply.ended == "cut"
    assert [e.data for e in reply.events] == ["whole one"]


async def test_a_silent_stream_ends_at_its_deadline() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(STREAM + b"\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(handler) as port:
        reply = await stream(Route(f"http://127.0.0.1:{port}"), "/", headers={}, json={}, deadline=0.2)
    assert (reply.ended, reply.events) == ("limit", [])


async def test_an_answer_that_is_no_stream_keeps_its_first_bytes() -> None:
    page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>sign in</html>"
    async with serving(saying(page)) as port:
        reply = await stream(Route(f"http://127.0.0.1:{port}"), "/", headers={}, json={})
    assert (reply.events, reply.body_head) == ([], b"<html>sign in</html>")
