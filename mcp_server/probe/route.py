"""What answers at the base URL: an API, LiteLLM, a web page, a sign-in page?"""

from __future__ import annotations

import re

from mcp_server.answer import Check, Finding
from mcp_server.net.failures import place
from mcp_server.net.http import Reply
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import first_words
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import FREE_SECONDS, Context
from mcp_server.probe.reply.refusal import Refusal, is_html, read_refusal
from mcp_server.probe.reply.stream_checks import found
from mcp_server.redact import quote

_LIVELINESS = "/health/liveliness"
_MESSAGES = "/v1/messages"
#: Patience with a page that nobody must have, where a message follows that decides.
_QUICK_SECONDS = 1.0


async def run(context: Context) -> Outcome:
    """LiteLLM is recognised by its liveness page and headers. Where no message follows, an empty one is posted: it
    costs nothing and shows whether the route exists."""
    decides = context.level in ("status", "health")
    try:
        alive = await context.request(
            "GET", _LIVELINESS, headers=context.other_headers, deadline=FREE_SECONDS if decides else _QUICK_SECONDS
        )
        if _is_litellm(alive):
            context.gateway.litellm = True
        broken = _broken(context, alive)
        if broken is None and decides:
            headers = context.other_headers if context.level == "status" else None
            posted = await context.request("POST", _MESSAGES, headers=headers, json={})
            broken = _no_route(context, posted)
            return _outcome(context, broken, f"{alive.total_seconds * 1000:.0f} ms", posted.status)
    except NetFailure as failure:
        if failure.cause == "stream_or_request_timeout" and not decides:
            # Silence on a page that gateways need not have proves nothing; it must not use up the message's time.
            context.facts["silent"] = True
            detail = f"no answer to a free request within {_QUICK_SECONDS:g} s; the first message decides."
            return Outcome([Check(title="Gateway answers", status="skip", detail=detail)])
        return failed(context, await _explained(context, failure), "Gateway answers")
    return _outcome(context, broken, f"{alive.total_seconds * 1000:.0f} ms", alive.status)


async def _explained(context: Context, failure: NetFailure) -> NetFailure:
    """The same failure in terms of what a person must change."""
    where = place(context.route)
    if failure.cause == "stream_or_request_timeout":
        return NetFailure(failure.step, "slow_first_byte", f"{where} accepts the request and never answers it")
    if failure.cause == "response_shape_invalid":
        return NetFailure(failure.step, "base_url_wrong_endpoint", failure.detail)
    if failure.cause == "connection_reset" and (words := await first_words(context.route)):
        speaks = f"{where} speaks first and no HTTP: {quote(words.decode('utf-8', 'replace'), 60)}"
        return NetFailure(failure.step, "base_url_wrong_endpoint", speaks)
    return failure


def failed(context: Context, failure: NetFailure, title: str) -> Outcome:
    """The outcome of a request that got no answer."""
    said = found(context, failure.cause, quote(failure.detail, 300))
    return Outcome([Check(title=title, status="fail", detail=f"{said.problem}.")], [said])


def describe(context: Context) -> str:
    """The gateway in words."""
    if not context.gateway.litellm:
        return "an API that is not LiteLLM"
    return f"LiteLLM {quote(context.gateway.version, 40)}" if context.gateway.version else "LiteLLM"


def _outcome(context: Context, broken: Finding | None, took: str, status: int) -> Outcome:
    if broken is not None:
        return Outcome([Check(title="Gateway answers", status="fail", detail=f"{broken.problem}.")], [broken])
    what = describe(context) if context.gateway.litellm else f"an API server (status {status})"
    return Outcome([Check(title="Gateway answers", status="pass", detail=f"{what}, {took}.")])


def _is_litellm(reply: Reply) -> bool:
    return reply.status == 200 and b"I'm alive" in reply.body[:200]


def _broken(context: Context, reply: Reply) -> Finding | None:
    """A sign-in redirect or a web page under the health path means that no API stands behind this address.

    A 404 page says nothing: most gateways have no such path.
    """
    if context.level not in ("status", "health"):
        return None
    if 300 <= reply.status < 400 or reply.status == 407:
        return _finding(context, read_refusal(reply.status, reply.headers, reply.body))
    if reply.status == 200 and is_html(reply.headers, reply.body):
        page = quote(reply.body.decode("utf-8", "replace"), 120)
        return found(context, "html_instead_of_api", f"{_LIVELINESS} answers 200 with a web page: {page}")
    return None


def _no_route(context: Context, reply: Reply) -> Finding | None:
    """What the empty message shows about the route; refusals of the empty body or the credential are good signs."""
    if reply.status in (400, 401, 403, 422, 429) and not is_html(reply.headers, reply.body):
        return None
    if reply.status == 403:
        return None  # a firewall page: the credential layer explains it
    if reply.status >= 500 and (context.gateway.litellm or _is_json(reply)):
        return None  # the route exists; an empty body or a missing key upset it
    if reply.status == 200 and not is_html(reply.headers, reply.body):
        said = quote(reply.body.decode("utf-8", "replace"), 120)
        return found(context, "response_shape_invalid", f"an empty message is answered with 200: {said}")
    return _finding(context, read_refusal(reply.status, reply.headers, reply.body, context.circumstances()))


def _finding(context: Context, refusal: Refusal) -> Finding:
    answers = f"{_MESSAGES} answers {refusal.said}"
    return found(context, refusal.cause, answers, confidence=refusal.confidence, said=refusal.said)


def _is_json(reply: Reply) -> bool:
    return re.match(rb"\s*[{\[]", reply.body[:40]) is not None


PROBE = Probe("route", "route", "Does an API answer at the base URL, and which gateway is it?", run)
