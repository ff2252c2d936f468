"""Redirects, web pages, empty and foreign answers: something that is no gateway answers."""

from __future__ import annotations

from starlette.responses import Response

from mcp_server.lab.faults import answers
from mcp_server.lab.faults.base import Fault, When, everything, messages

_LOGIN = "https://login.lab.invalid/sso?next={path}"
_OPENAI = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_764_000_000,
    "model": "gpt-oss-20b",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
}


def _page(id_: str, title: str, cause: str, layer: str, when: When, answer: answers.Answer) -> Fault:
    return Fault(id_, title, cause, layer, apply=answers.instead(when, answer))


def _redirect(id_: str, status: int, location: str, when: When = everything) -> Fault:
    title = f"{status} to {'a sign-in page' if 'login' in location else 'another path'}"
    return _page(id_, title, "redirect_to_login", "route", when, answers.redirect(status, location))


_JSON_OK = answers.json_answer(200, {"status": "ok", "service": "api"})
FAULTS = (
    _redirect("redirect-301", 301, _LOGIN),
    _redirect("redirect-302", 302, _LOGIN),
    _redirect("redirect-307", 307, _LOGIN),
    _redirect("redirect-308", 308, _LOGIN),
    _redirect("redirect-302-message", 302, _LOGIN, messages),
    _redirect("redirect-301-path", 301, "/moved{path}"),
    _redirect("redirect-303-path", 303, "/anthropic{path}", messages),
    _redirect("redirect-loop", 307, "{path}"),
    _page("html-200", "a web page with status 200 everywhere", "html_instead_of_api", "route", everything,
          answers.page(200, "Sign in to continue")),
    _page("html-200-message", "a web page instead of the message", "html_instead_of_api", "route", messages,
          answers.page(200, "Admin console")),
    _page("html-401", "a sign-in wall with status 401", "gateway_key_rejected", "gateway_auth", everything,
          answers.page(401, "401 Authorization Required")),
    _page("html-403", "a web application firewall", "gateway_forbidden", "gateway_auth", everything,
          answers.page(403, "Request blocked")),
    _page("html-404", "a web server without this path", "route_not_found", "route", everything,
          answers.page(404, "404 Not Found")),
    _page("html-405", "a static web server", "route_not_found", "route", messages,
          answers.page(405, "405 Not Allowed")),
    _page("html-502", "a load balancer without a gateway", "gateway_error", "route", everything,
          answers.page(502, "502 Bad Gateway")),
    _page("html-503", "maintenance", "gateway_error", "route", everything,
          answers.page(503, "Service Temporarily Unavailable")),
    _page("html-504", "a load balancer that waits in vain", "gateway_error", "route", messages,
          answers.page(504, "504 Gateway Time-out")),
    _page("empty-200", "an empty answer with status 200", "response_shape_invalid", "protocol", messages,
          lambda _call: Response(b"", 200)),
    _page("empty-204", "204 No Content", "response_shape_invalid", "protocol", messages,
          lambda _call: Response(status_code=204)),
    _page("json-200", "JSON that is no message", "response_shape_invalid", "protocol", messages, _JSON_OK),
    _page("json-200-everywhere", "every path answers the same JSON", "response_shape_invalid", "protocol", everything,
          _JSON_OK),
    _page("text-200", "plain text with status 200", "response_shape_invalid", "protocol", messages,
          answers.plain(200, "OK")),
    _page("openai-answer", "an OpenAI completion instead of a message", "response_shape_invalid", "protocol", messages,
          answers.json_answer(200, _OPENAI)),
    _page("null-200", "the JSON value null", "response_shape_invalid", "protocol", messages,
          answers.plain(200, "null", content_type="application/json")),
)  # fmt: skip
