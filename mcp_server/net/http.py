"""The one HTTP client. Explicit trust and proxy, no redirects, bounded in time and bytes, failures explained."""

from __future__ import annotations

import json as text
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mcp_server.net.body import Decoder, EventReader, SseEvent, SseParser
from mcp_server.net.failures import explain, host_of
from mcp_server.net.resolve import refuse_metadata
from mcp_server.net.route import NetFailure, Route
from mcp_server.net.trust import client_context

if TYPE_CHECKING:
    import httpx

MAX_EVENTS = 20_000
STREAM_LIMIT = 8_000_000
HEAD_BYTES = 4_000
#: Method, URL, headers and body → all headers to send. Called right before the request leaves.
Sign = Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]


@dataclass(frozen=True)
class Reply:
    """A whole answer. ``headers`` has lower-case names; ``body`` is decoded and at most ``limit`` bytes long."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    first_byte_seconds: float
    total_seconds: float
    truncated: bool = False
    """True when bytes or time ran out before the body ended."""
    encoding_problem: str = ""


@dataclass(frozen=True)
class StreamReply:
    """A streamed answer, collected. ``body_head`` holds the first decoded bytes, whatever the content type is."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    events: list[SseEvent] = field(repr=False)
    body_head: bytes = field(repr=False)
    ended: Literal["clean", "cut", "limit"]
    """``cut``: the connection broke, or the body stopped inside an event; ``limit``: time or bytes ran out."""
    first_byte_seconds: float
    total_seconds: float
    pieces: int = 0
    """How many times bytes arrived; 1 for a long answer means that something buffers."""
    encoding_problem: str = ""
    framing_problem: str = ""
    """Why the events end before the body does; empty when all could be read."""


async def request(
    route: Route,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    json: Any = None,
    form: Mapping[str, str] | None = None,
    limit: int = 1_000_000,
    deadline: float | None = None,
    sign: Sign | None = None,
) -> Reply:
    """One request to ``route.base_url`` + ``path``, the answer whole. The body is ``json`` or the fields of ``form``.

    ``deadline`` bounds the whole exchange in seconds (default: three times ``route.timeout``). Raises NetFailure
    when no answer comes; an answer that is too long or too slow comes back ``truncated``.
    """
    context = _prepared(route)
    started = time.monotonic()
    seconds = deadline if deadline is not None else 3 * route.timeout
    parts: list[bytes] = []
    wanted = _Wanted(method, path, headers, json, form, sign)
    async with _exchange(route, context, wanted, started + seconds) as (answer, first_byte):
        decoder = Decoder(answer.headers.get("content-encoding"))
        room, truncated = limit, False
        try:
            async for piece in _pieces(answer, _Until(started + seconds, started + seconds, None)):
                decoded = decoder.feed(piece, room)
                parts.append(decoded[:room])
                if len(decoded) > room:
                    truncated = True
                    break
                room -= len(decoded)
        except _OutOfTimeError:
            truncated = True
        except NetFailure:
            # The status line is evidence enough to keep; the caller sees that the body is not whole.
            truncated = True
        return Reply(
            answer.status_code,
            _plain_headers(answer),
            b"".join(parts),
            first_byte - started,
            time.monotonic() - started,
            truncated,
            decoder.problem,
        )


async def stream(
    route: Route,
    path: str,
    *,
    headers: Mapping[str, str],
    json: Any,
    deadline: float = 60.0,
    first_event: float | None = None,
    silence: float | None = None,
    limit: int = STREAM_LIMIT,
    reader: EventReader | None = None,
    sign: Sign | None = None,
) -> StreamReply:
    """POST ``json`` and collect the event stream with the arrival time of every event.

    ``deadline`` bounds the whole exchange in seconds, ``first_event`` the wait for the first event, ``silence`` the
    pause between two events (pings do not count), ``limit`` the decoded bytes; ``reader`` knows the format (default:
    server-sent events). Raises NetFailure when no answer comes; a stream that breaks off says so in ``ended``.
    """
    context = _prepared(route)
    started = time.monotonic()
    parser: EventReader = reader or SseParser()
    events: list[SseEvent] = []
    head = b""
    ended: Literal["clean", "cut", "limit"] = "clean"
    arrivals = 0
    until = _Until(started + deadline, started + (deadline if first_event is None else first_event), silence)
    wanted = _Wanted("POST", path, headers, json, None, sign)
    async with _exchange(route, context, wanted, until.moment) as (answer, first_byte):
        decoder = Decoder(answer.headers.get("content-encoding"))
        room = limit
        is_events = parser.content_type in answer.headers.get("content-type", "")
        try:
            async for piece in _pieces(answer, until):
                arrivals += 1
                decoded = decoder.feed(piece, room)
                head += decoded[: HEAD_BYTES - len(head)] if len(head) < HEAD_BYTES else b""
                if is_events or parser.begins(head):
                    fresh = parser.feed(decoded[:room], time.monotonic() - started)
                    events.extend(fresh)
                    if any(event.event != "ping" for event in fresh):
                        until.progress()
                if len(decoded) > room or len(events) > MAX_EVENTS:
                    ended = "limit"
                    break
                room -= len(decoded)
        except _OutOfTimeError:
            ended = "limit"
        except NetFailure:
            ended = "cut"
        if ended == "clean" and parser.unfinished:
            ended = "cut"
        return StreamReply(
            answer.status_code,
            _plain_headers(answer),
            events[:MAX_EVENTS],
            head,
            ended,
            first_byte - started,
            time.monotonic() - started,
            arrivals,
            decoder.problem,
            parser.problem,
        )


class _OutOfTimeError(Exception):
    pass


@dataclass(frozen=True)
class _Wanted:
    method: str
    path: str
    headers: Mapping[str, str]
    json: Any
    form: Mapping[str, str] | None = None
    sign: Sign | None = None


@dataclass
class _Until:
    """When the patience with a stream ends (monotonic seconds): ``moment`` moves on with every event."""

    last: float
    moment: float
    silence: float | None

    def progress(self) -> None:
        self.moment = self.last if self.silence is None else min(self.last, time.monotonic() + self.silence)


def _prepared(route: Route) -> ssl.SSLContext:
    """What must be loaded before the clock starts: the library and the trust store."""
    import httpx  # noqa: F401

    return client_context(route)


class _Steps:
    """Follows httpcore's trace events, so that a failure is blamed on the step it happened in."""

    def __init__(self, *, tunnel: bool) -> None:
        self.step = "connect"
        self._tunnel_open = not tunnel

    async def trace(self, name: str, _info: Any) -> None:
        if name == "proxy.start_tls.started":
            self._tunnel_open = True
            self.step = "tls"
        elif name == "connection.start_tls.started":
            self.step = "tls" if self._tunnel_open else "proxy-tls"
        elif name.endswith("send_request_headers.started"):
            self.step = "answer" if self._tunnel_open else "tunnel"


@asynccontextmanager
async def _exchange(
    route: Route,
    context: ssl.SSLContext,
    wanted: _Wanted,
    until: float,
) -> AsyncIterator[tuple[httpx.Response, float]]:
    """Send the request and yield the answer as soon as its head is there."""
    import httpx

    host = host_of(route.base_url)
    refuse_metadata(host, (host,), allowed=route.link_local)
    try:
        proxy = None
        if route.proxy:
            secure = route.proxy.lower().startswith("https:")
            proxy = httpx.Proxy(route.proxy, ssl_context=context if secure else None)
        client = httpx.AsyncClient(
            verify=context,
            proxy=proxy,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(route.timeout),
        )
    except (httpx.InvalidURL, ValueError):
        raise NetFailure("proxy", "proxy_url_malformed", "the proxy URL cannot be read") from None
    async with client:
        answer = await _send(client, route, wanted, until)
        try:
            yield answer, time.monotonic()
        finally:
            await answer.aclose()


async def _send(client: httpx.AsyncClient, route: Route, wanted: _Wanted, until: float) -> httpx.Response:
    import anyio
    import httpx

    reached = _Steps(tunnel=bool(route.proxy) and route.base_url.lower().startswith("https:"))
    try:
        url = httpx.URL(route.base_url.rstrip("/") + wanted.path)
        headers = {"accept-encoding": "gzip, deflate"}
        headers.update({name.lower(): value for name, value in wanted.headers.items()})
        content = None
        if wanted.json is not None:
            content = text.dumps(wanted.json, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
            headers.setdefault("content-type", "application/json")
        if wanted.sign is not None:
            headers = dict(wanted.sign(wanted.method, str(url), headers, content or b""))
        built = client.build_request(
            wanted.method,
            url,
            headers=[(name.encode("utf-8"), value.encode("utf-8")) for name, value in headers.items()],
            content=content,
            data=wanted.form,
            extensions={"trace": reached.trace},
        )
        with anyio.fail_after(max(until - time.monotonic(), 0)):
            return await client.send(built, stream=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
        raise explain(failure, route, reached.step) from None


async def _pieces(answer: httpx.Response, until: _Until) -> AsyncIterator[bytes]:
    import anyio
    import httpx

    incoming = answer.aiter_raw()
    while True:
        try:
            with anyio.fail_after(max(until.moment - time.monotonic(), 0)):
                piece = await incoming.__anext__()
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _OutOfTimeError from None
        except httpx.HTTPError as failure:
            raise NetFailure("answer", "stream_cut", f"the answer broke off ({type(failure).__name__})") from None
        yield piece


def _plain_headers(answer: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
