"""What a fault of the laboratory is, and the wrapper with which most of them are built."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Place = Literal["front", "upstream"]
Verdict = Literal["errors", "warnings"]


@dataclass(frozen=True)
class Served:
    """A laboratory target that is ready: what a client must be told to use it."""

    base_url: str
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the client beside base URL and credential (proxy, CA file)."""
    ca_file: Path | None = None


Stand = Callable[[str, Path], AbstractContextManager[Served]]


@dataclass(frozen=True)
class Fault:
    """One named switch. ``cause`` and ``layer`` say what a person must change, whatever any check answers today.

    ``place``: ``front`` is between client and gateway, ``upstream`` between gateway and provider. Either ``apply``
    wraps an ASGI application, or ``stand`` puts a raw server before the URL of a running one.
    """

    id: str
    title: str
    cause: str
    """An id of ``catalogue/causes.yaml``; its layer is ``layer``."""
    layer: str
    place: Place = "front"
    apply: Callable[[ASGIApp], ASGIApp] | None = None
    stand: Stand | None = None
    verdict: Verdict = "errors"
    """``warnings``: the real Claude Code was seen to cope, or the fault passes."""
    cure: Mapping[str, str] = field(default_factory=dict)
    """Client variables that cure it, verified by a test; empty where no client setting can."""


@dataclass(frozen=True)
class Call:
    """One request as it arrived. ``body`` is the parsed JSON, else the bytes."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any

    @property
    def is_message(self) -> bool:
        """A model call of any format: the only kind of request that costs money."""
        if self.method != "POST" or self.path.endswith(("/token", "/count_tokens", "/chat/completions")):
            return False
        return isinstance(self.body, dict) and bool(self.body)

    @property
    def is_full(self) -> bool:
        """A model call with tools, of the client's real size."""
        return self.is_message and bool(self.body.get("tools"))


Event = tuple[str, Any]
When = Callable[[Call], bool]


def everything(_call: Call) -> bool:
    return True


def messages(call: Call) -> bool:
    return call.is_message


def full(call: Call) -> bool:
    return call.is_full


@dataclass
class Wrapper:
    """An ASGI application around another one. ``answer`` may answer instead of it, ``change`` alters the request,
    ``events`` the stream, ``emit`` the way the bytes leave; all only where ``when`` says so."""

    app: ASGIApp
    when: When = everything
    answer: Callable[[Call], Response | None] = lambda _call: None
    change: Callable[[Call], Call] | None = None
    events: Callable[[list[Event], Call], list[Event]] | None = None
    emit: Callable[[list[Event], Call, Mapping[str, str]], Response] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        call = Call(request.method, request.url.path, request.url.query, dict(request.headers), _parsed(raw))
        if not self.when(call):
            await self.app(scope, _replay(raw), send)
            return
        instead = self.answer(call)
        if instead is not None:
            await instead(scope, receive, send)
            return
        if self.change is not None:
            call = self.change(call)
            raw = call.body if isinstance(call.body, bytes) else json.dumps(call.body).encode()
            scope = _scope_of(scope, call, len(raw))
        if self.events is None and self.emit is None:
            await self.app(scope, _replay(raw), send)
            return
        # What is to be read and changed here must come uncompressed.
        plain = _scope_of(scope, without_headers(call, "accept-encoding"), len(raw))
        status, headers, body = await _collected(self.app, plain, raw)
        if status != 200 or "event-stream" not in headers.get("content-type", ""):
            await Response(body, status, _kept(headers))(scope, receive, send)
            return
        events = read_events(body)
        if self.events is not None:
            events = self.events(events, call)
        out = self.emit(events, call, headers) if self.emit else streamed(events, headers)
        await out(scope, receive, send)


def streamed(events: list[Event], headers: Mapping[str, str]) -> Response:
    """``events`` one by one, as a gateway relays them."""

    async def lines() -> AsyncIterator[bytes]:
        for event in events:
            yield wire(event)

    return StreamingResponse(lines(), headers=_kept(headers), media_type="text/event-stream")


def wire(event: Event) -> bytes:
    """One event as bytes; without a name it has no ``event:`` line; a ``data`` text goes out as it is."""
    name, data = event
    content = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {content}\n\n".encode()


def read_events(body: bytes) -> list[Event]:
    """The events of a whole stream as ``(name, data)``."""
    found: list[Event] = []
    for block in body.decode("utf-8").replace("\r\n", "\n").split("\n\n"):
        name, data = "", ""
        for line in block.split("\n"):
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data += line[5:].strip()
        if data:
            found.append((name, _parsed(data.encode()) if data.startswith("{") else data))
    return found


def with_body(call: Call, **changes: Any) -> Call:
    """``call`` with other body keys; ``None`` removes one."""
    body = {**call.body, **changes}
    return replace(call, body={key: value for key, value in body.items() if value is not None})


def without_headers(call: Call, *names: str) -> Call:
    return replace(call, headers={name: value for name, value in call.headers.items() if name not in names})


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


def _replay(raw: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive


def _scope_of(scope: Scope, call: Call, length: int) -> Scope:
    headers = {**call.headers, "content-length": str(length)}
    packed = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {**scope, "path": call.path, "raw_path": call.path.encode(), "headers": packed}


async def _collected(app: ASGIApp, scope: Scope, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    status, headers, parts = 500, {}, []  # type: tuple[int, dict[str, str], list[bytes]]

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        else:
            parts.append(message.get("body", b""))

    await app(scope, _replay(raw), send)
    return status, headers, b"".join(parts)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    gone = ("content-length", "transfer-encoding", "content-encoding", "connection", "date", "server")
    return {name: value for name, value in headers.items() if name not in gone}
