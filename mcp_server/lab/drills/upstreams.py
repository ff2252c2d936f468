"""The providers of a drill: one loopback port per deployment, so that evidence says which deployment answered.

Each port answers in the dialect of its deployment's provider, records what arrives, and can be given an outage.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Dialect = Literal["anthropic", "vertex", "vertex-claude", "bedrock", "chat"]
#: The word that ties an upstream request to the client's request that caused it; it stands in the prompt.
MARKER = re.compile(rb"drill-[0-9a-f]{12}")
#: A provider that hangs lets go after this many seconds, so that no drill can.
MAX_HANG_SECONDS = 60
_ANSWER_BYTES = 60_000

_STATUS_NAMES = {
    400: ("invalid_request_error", "INVALID_ARGUMENT", "ValidationException"),
    401: ("authentication_error", "UNAUTHENTICATED", "UnrecognizedClientException"),
    429: ("rate_limit_error", "RESOURCE_EXHAUSTED", "ThrottlingException"),
    500: ("api_error", "INTERNAL", "InternalServerException"),
    503: ("overloaded_error", "UNAVAILABLE", "ServiceUnavailableException"),
}
#: What each provider says when the conversation is longer than the model's window.
_TOO_LONG = {
    "anthropic": "prompt is too long: 212000 tokens > 200000 maximum",
    "vertex-claude": "prompt is too long: 212000 tokens > 200000 maximum",
    "bedrock": "Input is too long for requested model.",
    "vertex": "The input token count (1212000) exceeds the maximum number of tokens allowed (1048576).",
    "chat": "This model's maximum context length is 128000 tokens. However, your messages resulted in 212000 tokens. "
    "Please reduce the length of the messages.",
}


@dataclass(frozen=True)
class Outage:
    """How a provider fails. ``status`` ``None``: it takes the request and never answers; 200: it is only slow."""

    title: str
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    too_long: bool = False
    delay: float = 0.0
    """Seconds before the answer."""

    def response(self, dialect: Dialect) -> JSONResponse:
        """The provider's own error for a status that is set."""
        status = self.status or 500
        anthropic, google, amazon = _STATUS_NAMES[status]
        said = _TOO_LONG[dialect] if self.too_long else f"The laboratory plays an outage: {self.title}."
        headers = dict(self.headers)
        body: dict[str, Any]
        if dialect in ("anthropic", "vertex-claude"):
            body = {"type": "error", "error": {"type": anthropic, "message": said}}
        elif dialect == "vertex":
            body = {"error": {"code": status, "message": said, "status": google}}
        elif dialect == "bedrock":
            body, headers = {"message": said}, {**headers, "x-amzn-errortype": amazon}
        else:
            code = "context_length_exceeded" if self.too_long else None
            body = {"error": {"message": said, "type": anthropic, "param": None, "code": code}}
        return JSONResponse(body, status, headers)


@dataclass(frozen=True)
class Call:
    """One request that reached a provider. ``at`` is ``time.monotonic()`` of its arrival."""

    at: float
    deployment: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    marker: str | None
    status: int | None = None
    """``None`` as long as it has no answer."""
    ended: float | None = None
    """``time.monotonic()`` when the answer was over, or the gateway had left."""
    answer: bytes = field(default=b"", repr=False)
    """The beginning of the answer."""


@dataclass(frozen=True)
class _Port:
    deployment: int
    dialect: Dialect
    emulator: ASGIApp


class Upstreams:
    """An ASGI application for all ports together; which deployment is meant follows from the port."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ports: dict[int, _Port] = {}
        self._outages: dict[int, tuple[Outage, int | None]] = {}
        self._calls: list[Call] = []

    def listen(self, port: int, deployment: int, dialect: Dialect, emulator: ASGIApp) -> None:
        """From now on ``port`` is the provider of ``deployment``."""
        self._ports[port] = _Port(deployment, dialect, emulator)

    def fail(self, deployments: Sequence[int], outage: Outage, times: int | None = None) -> None:
        """Each of ``deployments`` fails from now on, or for its next ``times`` requests."""
        with self._lock:
            self._outages.update(dict.fromkeys(deployments, (outage, times)))

    def heal(self, deployments: Sequence[int]) -> None:
        """The outage is over; requests that hang are let go."""
        with self._lock:
            for deployment in deployments:
                self._outages.pop(deployment, None)

    @contextmanager
    def failing(self, deployments: Sequence[int], outage: Outage) -> Iterator[None]:
        """The outage lasts as long as the block."""
        self.fail(deployments, outage)
        try:
            yield
        finally:
            self.heal(deployments)

    def calls(self, marker: str | None = None) -> list[Call]:
        """What arrived, oldest first: all of it, or what one request of the client caused."""
        with self._lock:
            return [call for call in self._calls if marker in (None, call.marker)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        port = self._ports[scope["server"][1]]
        request = Request(scope, receive)
        at = time.monotonic()
        raw = await request.body()
        found, url = MARKER.search(raw), request.url
        marker = found[0].decode() if found else None
        made = (at, port.deployment, request.method, url.path, url.query, dict(request.headers), marker)
        with self._lock:
            place = len(self._calls)
            self._calls.append(Call(*made))

        answer = bytearray()

        def note(**changes: Any) -> None:
            with self._lock:
                self._calls[place] = replace(self._calls[place], **changes)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(status=message["status"])
            elif len(answer) < _ANSWER_BYTES:
                answer.extend(message.get("body", b""))
            await send(message)

        outage = self._outage(port.deployment) if request.method == "POST" and marker else None
        try:
            if outage is not None and outage.delay:
                await asyncio.sleep(outage.delay)
            if outage is None or outage.status == 200:
                await port.emulator(scope, _replay(raw, receive), noting)
            elif outage.status is None:
                await self._hang(port, scope, receive, noting)
            else:
                await outage.response(port.dialect)(scope, _replay(raw, receive), noting)
        finally:
            note(ended=time.monotonic(), answer=bytes(answer[:_ANSWER_BYTES]))

    def _outage(self, deployment: int) -> Outage | None:
        with self._lock:
            outage, times = self._outages.get(deployment, (None, None))
            if outage is not None and times is not None:
                if times <= 1:
                    del self._outages[deployment]
                else:
                    self._outages[deployment] = (outage, times - 1)
            return outage

    async def _hang(self, port: _Port, scope: Scope, receive: Receive, send: Send) -> None:
        end = time.monotonic() + MAX_HANG_SECONDS
        while time.monotonic() < end:
            with self._lock:
                if port.deployment not in self._outages:
                    break
            await asyncio.sleep(0.05)
        await Outage("hung", 503).response(port.dialect)(scope, _replay(b"", receive), send)


def _replay(raw: bytes, receive: Receive) -> Receive:
    """A body that was read already, for the next reader; then whatever comes, which is the client's leaving."""
    left = [raw]

    async def again() -> Message:
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return again


class ClaudeOnVertex:
    """``publishers/anthropic/models/…:rawPredict`` in front of a Messages emulator; takes any model id, as a user's
    file may name one that the strict ``VertexEmulator`` does not serve."""

    _PATH = re.compile(r".*/publishers/anthropic/models/(?P<model>[^:/]+):(?:streamR|r)awPredict")

    def __init__(self, messages: ASGIApp) -> None:
        self._messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._PATH.fullmatch(scope["path"])
        raw = await Request(scope, receive).body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if found is None or not isinstance(body, dict):
            await Outage("unknown path", 400).response("vertex-claude")(scope, _replay(raw, receive), send)
            return
        version = body.pop("anthropic_version", "vertex-2023-10-16")
        data = json.dumps({**body, "model": found["model"]}).encode()
        kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        headers = [*kept, (b"anthropic-version", str(version).encode()), (b"content-length", str(len(data)).encode())]
        inner = {**scope, "path": "/v1/messages", "headers": headers}
        await self._messages(inner, _replay(data, receive), send)
