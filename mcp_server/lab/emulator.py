"""What every emulator shares: it records each request, plays faults on demand, then answers as the provider does."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived. ``body`` is the parsed JSON, else the bytes; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    model: str | None
    """The model that the request names, in the path or in the body; ``None`` for token and other calls."""
    raw: bytes = field(default=b"", repr=False, compare=False)
    """The body as it arrived."""
    raw_path: str = field(default="", repr=False, compare=False)
    """The path as it arrived, its percent signs included."""


@dataclass
class _Fault:
    model: str | None
    status: int
    body: Any
    headers: dict[str, str]
    times: int


@dataclass
class _State:
    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: list[RecordedRequest] = field(default_factory=list)
    faults: list[_Fault] = field(default_factory=list)


class Emulator:
    """An ASGI application that stands in for one provider. Subclasses give ``answer`` and the shape of errors."""

    def __init__(self) -> None:
        self._state = _State()

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request so far, oldest first (a copy; safe to read from any thread)."""
        with self._state.lock:
            return list(self._state.requests)

    def forget(self) -> None:
        """Drop what was recorded."""
        with self._state.lock:
            self._state.requests.clear()

    def fault(
        self,
        model: str | None,
        status: int,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Make the next ``times`` calls for ``model`` (``None``: for any model) fail with ``status``.

        ``body``: JSON value, text or bytes; ``None`` gives the provider's own error shape for that status.
        """
        with self._state.lock:
            self._state.faults.append(_Fault(model, status, body, dict(headers or {}), times))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        body = _parsed(raw)
        call = RecordedRequest(
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            headers=dict(request.headers),
            body=body,
            model=self.model_of(request.url.path, body),
            raw=raw,
            raw_path=bytes(scope.get("raw_path") or request.url.path.encode()).decode("latin-1").partition("?")[0],
        )
        with self._state.lock:
            self._state.requests.append(call)
        response = self._play_fault(call.model) or self.answer(call)
        for name, value in self.headers_of(response).items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    def _play_fault(self, model: str | None) -> Response | None:
        if model is None:
            return None
        with self._state.lock:
            for fault in self._state.faults:
                if fault.times > 0 and fault.model in (None, model):
                    fault.times -= 1
                    break
            else:
                return None
        if isinstance(fault.body, str | bytes):
            return Response(fault.body, fault.status, fault.headers)
        body = self.error_body(fault.status) if fault.body is None else fault.body
        return JSONResponse(body, fault.status, fault.headers)

    def answer(self, call: RecordedRequest) -> Response:
        """The provider's answer to one request."""
        raise NotImplementedError

    def headers_of(self, response: Response) -> dict[str, str]:
        """Headers that the provider puts on every answer, a played fault included; none that the answer has itself."""
        del response
        return {}

    def model_of(self, path: str, body: Any) -> str | None:
        """The model that a request names, as a caller of ``fault`` would write it; by default ``model`` of the body."""
        del path
        model = body.get("model") if isinstance(body, dict) else None
        return model if isinstance(model, str) else None

    def error_body(self, status: int) -> Any:
        """The provider's error body for ``status`` when nothing more is known."""
        raise NotImplementedError


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw
