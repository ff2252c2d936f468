"""Set-ups that are unusual and work: none of them may be called broken."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.certificates import Authority
from mcp_server.lab.faults import answers, raw
from mcp_server.lab.faults.base import Call, Event, Served, Wrapper, messages, wire, with_body
from mcp_server.lab.faults.encryption import Made, private_ca, tls_served
from mcp_server.lab.faults.pieces import after, relayed
from mcp_server.lab.faults.proxies import behind_proxy, tunnelling
from mcp_server.lab.faults.streams import changing, sending
from mcp_server.lab.serve import running
from tests.faults.laboratory import KEY, Run, machine, run

pytestmark = pytest.mark.anyio
Changed = Callable[[ASGIApp], ASGIApp]


@contextmanager
def served(change: Changed | None = None, **more: Any) -> Iterator[Served]:
    app: ASGIApp = AnthropicEmulator(credential=KEY)
    with running(change(app) if change else app) as url:
        yield Served(url + more.get("path", ""), more.get("environment", {}))


@contextmanager
def standing(stand: Callable[[str, Path], AbstractContextManager[Served]], folder: Path) -> Iterator[Served]:
    with running(AnthropicEmulator(credential=KEY)) as url, stand(url, folder) as target:
        yield target


@contextmanager
def mutual(upstream: str, folder: Path) -> Iterator[Served]:
    """mTLS with a client certificate of the right CA."""
    made: list[Authority] = []

    def make(place: Path) -> Made:
        authority = Authority(place)
        made.append(authority)
        context = authority.issue(raw.LOOPBACK).server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)
        return context, authority.file

    with tls_served(make)(upstream, folder) as target:
        own = str(made[0].issue("the-client").file)
        names = {"CLAUDE_CODE_CLIENT_CERT": own, "CLAUDE_CODE_CLIENT_KEY": own}
        yield Served(target.base_url, {**target.environment, **names}, target.ca_file)


def proxied(credentials: str = "") -> Callable[[str, Path], AbstractContextManager[Served]]:
    def stand(upstream: str, folder: Path) -> AbstractContextManager[Served]:
        def proxy(port: int) -> AbstractContextManager[int]:
            return raw.listening(tunnelling(port, credentials=credentials))

        return behind_proxy(upstream, folder, proxy, user=f"{credentials}@" if credentials else "")

    return stand


def needing_header(app: ASGIApp) -> ASGIApp:
    """A gateway that wants a header of its own on every request."""
    refusal = answers.json_answer(403, {"message": "x-team is missing"})
    return Wrapper(app, lambda call: call.headers.get("x-team") != "blue", refusal)


def prefixed(app: ASGIApp) -> ASGIApp:
    """The API lives under /team/anthropic; everything else is a web page."""

    async def routed(scope: Any, receive: Any, send: Any) -> None:
        prefix = "/team/anthropic"
        if scope["path"].startswith(prefix):
            path = scope["path"].removeprefix(prefix)
            await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        else:
            await answers.page(404, "Not here")(Call("GET", "", "", {}, b""))(scope, receive, send)

    return routed


def only_api_key(app: ASGIApp) -> ASGIApp:
    return Wrapper(app, lambda call: "x-api-key" not in call.headers, answers.anthropic(401, "x-api-key is required"))


def aliased(app: ASGIApp) -> ASGIApp:
    """A gateway whose names are its own: the provider's name comes back."""

    def change(call: Call) -> Call:
        return with_body(call, model="claude-opus-5-5-20261101")

    return Wrapper(app, messages, change=change)


async def split(events: list[Event]) -> AsyncIterator[bytes]:
    for byte in b"".join(wire(event) for event in events):
        yield bytes([byte])


async def at_once(events: list[Event]) -> AsyncIterator[bytes]:
    yield b"".join(wire(event) for event in events)


async def crlf(events: list[Event]) -> AsyncIterator[bytes]:
    for event in events:
        yield wire(event).replace(b"\n", b"\r\n")


async def commented(events: list[Event]) -> AsyncIterator[bytes]:
    yield b": welcome\n\nretry: 3000\n\n"
    for number, event in enumerate(events):
        yield b": keep-alive\n\n" + wire(("ping", {"type": "ping"})) + f"id: {number}\n".encode() + wire(event)


async def slow_tokens(events: list[Event]) -> AsyncIterator[bytes]:
    async for piece in relayed(events):
        yield piece
        await asyncio.sleep(0.25)


async def zipped(events: list[Event]) -> AsyncIterator[bytes]:
    packed = gzip.compress(b"".join(wire(event) for event in events))
    for start in range(0, len(packed), 100):
        yield packed[start : start + 100]


def decorated(events: list[Event], _call: Call) -> list[Event]:
    """Unknown events and fields, as newer APIs and some gateways add them."""
    more = [("vendor_trace", {"type": "vendor_trace", "span": 1})]
    known = [(name, {**data, "x_vendor": {"cost": 0.1}}) for name, data in events]
    return [known[0], *more, *known[1:], ("vendor_end", {"type": "vendor_end"})]


def thinking_first(events: list[Event], _call: Call) -> list[Event]:
    start = next(number for number, event in enumerate(events) if event[0] == "content_block_start")
    if events[start][1]["content_block"]["type"] == "thinking":
        return events
    moved = [(n, {**d, "index": d["index"] + 1} if "index" in d else d) for n, d in events[start:]]
    block = {"type": "thinking", "thinking": "", "signature": ""}
    delta = {"type": "thinking_delta", "thinking": "Let me see."}
    own = [
        ("content_block_start", {"type": "content_block_start", "index": 0, "content_block": block}),
        ("content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}),
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
    ]
    return [*events[:start], *own, *moved]


def late_headers(seconds: float) -> Changed:
    """Everything begins late, except the long requests, for which nobody is in a hurry."""

    def change(app: ASGIApp) -> ASGIApp:
        async def late(scope: Any, receive: Any, send: Any) -> None:
            size = int(dict(scope["headers"]).get(b"content-length", b"0"))
            await asyncio.sleep(seconds if size < 20_000 and "count" not in scope["path"] else 0)
            await app(scope, receive, send)

        return late

    return change


def no_count(app: ASGIApp) -> ASGIApp:
    missing = answers.json_answer(404, {"detail": "Not Found"})
    return Wrapper(app, lambda call: call.path.endswith("/count_tokens"), missing)


def no_list(app: ASGIApp) -> ASGIApp:
    return Wrapper(app, lambda call: call.path == "/v1/models", answers.page(404, "Not Found"))


def list_forbidden(app: ASGIApp) -> ASGIApp:
    return Wrapper(app, lambda call: call.path == "/v1/models", answers.json_answer(403, {"message": "no"}))


def silent_elsewhere(app: ASGIApp) -> ASGIApp:
    """Only the Messages API answers; every other path hangs."""

    async def routed(scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].startswith("/v1/messages"):
            await asyncio.sleep(30)
        await app(scope, receive, send)

    return routed


def list_for_everybody(app: ASGIApp) -> ASGIApp:
    def answer(_call: Call) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "claude-opus-5-5", "object": "model"}]})

    return Wrapper(app, lambda call: call.path == "/v1/models", answer)


def header(**values: str) -> dict[str, str]:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in values.items()]
    return {"ANTHROPIC_CUSTOM_HEADERS": "\n".join(lines)}


SET_UPS: dict[str, Callable[[Path], AbstractContextManager[Served]]] = {
    "a private CA": lambda folder: standing(tls_served(private_ca), folder),
    "a corporate proxy": lambda folder: standing(proxied(), folder),
    "a proxy with a password": lambda folder: standing(proxied("alice:s3cret"), folder),
    "mTLS": lambda folder: standing(mutual, folder),
    "no count_tokens": lambda folder: served(no_count),
    "no model list": lambda folder: served(no_list),
    "a model list that is forbidden": lambda folder: served(list_forbidden),
    "a model list for everybody": lambda folder: served(list_for_everybody),
    "an extra header is required": lambda folder: served(needing_header, environment=header(x_team="blue")),
    "an alias": lambda folder: served(aliased, environment={"ANTHROPIC_MODEL": "our-best"}),
    "a path prefix": lambda folder: served(prefixed, path="/team/anthropic"),
    "a slash at the end": lambda folder: served(path="/"),
    "x-api-key only": lambda folder: served(
        only_api_key, environment={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": ""}
    ),
    "the first byte after five seconds": lambda folder: served(late_headers(5)),
    "the first event after three seconds": lambda folder: served(sending(after(3))),
    "only messages answer at all": lambda folder: served(silent_elsewhere),
    "slow tokens": lambda folder: served(sending(slow_tokens)),
    "gzip": lambda folder: served(sending(zipped, content_encoding="gzip")),
    "one byte at a time": lambda folder: served(sending(split)),
    "all events at once": lambda folder: served(sending(at_once)),
    "CR LF": lambda folder: served(sending(crlf)),
    "comments, pings, ids and retries": lambda folder: served(sending(commented)),
    "unknown events and fields": lambda folder: served(changing(decorated)),
    "thinking first": lambda folder: served(changing(thinking_first)),
    "a charset in the content type": lambda folder: served(sending(relayed, "text/event-stream; charset=utf-8")),
    "connections are closed after each answer": lambda folder: served(sending(relayed, connection="close")),
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def runs(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> dict[str, Run]:
    """All of them, a few at a time: two wait for seconds."""
    gate = asyncio.Semaphore(8)

    async def one(name: str) -> tuple[str, Run]:
        async with gate:
            with SET_UPS[name](tmp_path_factory.mktemp("set-up")) as target:
                key = None if "ANTHROPIC_AUTH_TOKEN" in target.environment else KEY
                environment = {name: value for name, value in target.environment.items() if value}
                return name, await run(machine(target.base_url, environment, key))

    return dict(await asyncio.gather(*(one(name) for name in SET_UPS)))


@pytest.mark.parametrize("name", SET_UPS)
async def test_a_set_up_that_works_is_green(runs: dict[str, Run], name: str) -> None:
    assert runs[name].answer.verdict == "ok", runs[name].said


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_that_the_client_follows_is_a_warning_that_names_the_better_address(status: int) -> None:
    def moved(app: ASGIApp) -> ASGIApp:
        inner = prefixed(app)
        sent_on = answers.redirect(status, "/team/anthropic{path}")
        return Wrapper(inner, lambda call: call.is_message and not call.path.startswith("/team"), sent_on)

    with served(moved) as target:
        seen = await run(machine(target.base_url))
    assert seen.first == ("redirect_to_login", "warnings"), seen.said
    assert "/team/anthropic" in seen.answer.findings[0].problem
    assert "ANTHROPIC_BASE_URL" in seen.answer.findings[0].fix


async def test_a_redirect_to_another_host_is_not_followed_and_the_credential_stays_here() -> None:
    other = AnthropicEmulator()
    with running(other) as elsewhere:
        there = elsewhere.replace("127.0.0.1", "localhost")
        with served(answers.instead(messages, answers.redirect(307, f"{there}{{path}}"))) as target:
            seen = await run(machine(target.base_url))
    assert seen.first == ("redirect_to_login", "errors"), seen.said
    assert other.requests == []


async def test_a_redirect_to_https_or_another_path_of_the_host_names_the_base_url_to_write() -> None:
    with served(answers.instead(messages, answers.redirect(301, "/team/anthropic{path}"))) as target:
        seen = await run(machine(target.base_url))
    assert seen.first == ("redirect_to_login", "errors"), seen.said
    assert f"{target.base_url}/team/anthropic" in seen.answer.findings[0].fix
