"""Answers that stand instead of the gateway's: error bodies of the usual shapes, pages, redirects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from mcp_server.lab.faults.base import Call, When, Wrapper

#: The kind that Anthropic's API gives each status.
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
Answer = Callable[[Call], Response]


def anthropic(status: int, message: str, kind: str = "", **headers: str) -> Answer:
    """Anthropic's error shape."""
    error = {"type": kind or _KINDS.get(status, "api_error"), "message": message}
    return json_answer(status, {"type": "error", "error": error}, **headers)


def openai(status: int, message: str, kind: str, code: str | None = None, **headers: str) -> Answer:
    """OpenAI's error shape."""
    return json_answer(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, **headers)


def litellm(status: int, message: str, kind: str = "None", **headers: str) -> Answer:
    """LiteLLM's error shape."""
    error = {"message": message, "type": kind, "param": "None", "code": str(status)}
    return json_answer(status, {"error": error}, **headers)


def google(status: int, message: str, state: str, reason: str = "") -> Answer:
    """Google's error shape."""
    error: dict[str, Any] = {"code": status, "message": message, "status": state}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return json_answer(status, {"error": error})


def json_answer(status: int, body: Any, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _call: JSONResponse(body, status, named)


def plain(status: int, text: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _call: PlainTextResponse(text, status, named)


def page(status: int, title: str) -> Answer:
    """A web page."""
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return lambda _call: HTMLResponse(text, status)


def redirect(status: int, location: str) -> Answer:
    """``{path}`` in ``location`` stands for the path that was asked for."""
    return lambda call: Response(b"", status, {"location": location.replace("{path}", call.path)})


def instead(when: When, answer: Answer, *, times: int | None = None) -> Callable[[ASGIApp], ASGIApp]:
    """Requests that fit ``when`` get ``answer`` (the first ``times`` of them; ``None``: all)."""

    def apply(app: ASGIApp) -> ASGIApp:
        left = [times]

        def decide(call: Call) -> Response | None:
            if left[0] is not None:
                if left[0] == 0:
                    return None
                left[0] -= 1
            return answer(call)

        return Wrapper(app, when, decide)

    return apply


def refusing(when: When, has: Callable[[Call], bool], answer: Answer) -> Callable[[ASGIApp], ASGIApp]:
    """Requests that fit ``when`` and have the refused feature get ``answer``."""
    return lambda app: Wrapper(app, lambda call: when(call) and has(call), answer)
