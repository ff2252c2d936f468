"""Is an error answered in a form that the client can read? It heals requests by the wording of errors."""

from __future__ import annotations

from typing import Any

from mcp_server.net.http import Reply
from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed
from mcp_server.probe.checks.whole import json_of, post_whole
from mcp_server.probe.context import FREE_SECONDS, Context
from mcp_server.probe.reply.refusal import is_html
from mcp_server.probe.wire.anthropic import AnthropicWire
from mcp_server.redact import quote

_QUESTION = Question("error_shape", "request without messages", "response_shape_invalid")


async def run(context: Context) -> Verdict:
    request = small(context, "", 16, messages=[])
    try:
        reply = await post_whole(context, request, FREE_SECONDS, billed=False)
    except NetFailure as failure:
        return problem(context, _QUESTION, f"no answer at all: {quote(failure.detail, 160)}")
    context.facts["error_reply"] = reply
    shown = quote(reply.body[:400].decode("utf-8", "replace"), 120)
    if reply.status < 400:
        accepted = f"answered with {reply.status} instead of an error: {shown}"
        return problem(context, _QUESTION, accepted, severity="warning")
    if is_html(reply.headers, reply.body):
        return problem(context, _QUESTION, f"the error {reply.status} is a web page: {shown}")
    return _judged(context, reply, shown)


def _judged(context: Context, reply: Reply, shown: str) -> Verdict:
    data = json_of(reply)
    error: Any = data.get("error") if data is not None else None
    if data is not None and isinstance(data.get("message"), str) and not isinstance(context.wire, AnthropicWire):
        return passed(f"{reply.status} in the provider's own form")
    told = isinstance(error, dict) and isinstance(error.get("message"), str) and bool(error["message"])
    if not told:
        return problem(context, _QUESTION, f"the error {reply.status} holds no error.message: {shown}")
    if data is None or data.get("type") != "error" or not isinstance(error.get("type"), str):
        other = f"the error {reply.status} has another form than Anthropic's, which Claude Code reads all the same"
        return problem(context, _QUESTION, other, severity="warning")
    if reply.status >= 500:
        ours = f"the mistake of the request is answered with {reply.status}, so the client repeats it"
        return problem(context, _QUESTION, ours, severity="warning")
    return passed(f"{reply.status} {quote(error['type'], 60)}")


CHECK = ProtocolCheck("error_shape", "protocol", "Are errors answered in a readable form?", run, free)
