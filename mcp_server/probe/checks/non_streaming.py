"""Is a request without ``stream`` answered with one JSON message? The client falls back to it when a stream fails."""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import LIMITS, Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed, undecided
from mcp_server.probe.checks.whole import message_of, post_whole, text_of
from mcp_server.probe.context import STREAM_SECONDS, Context
from mcp_server.probe.message import words_in
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.redact import quote

_QUESTION = Question("non_streaming", "request without stream", "response_shape_invalid")


async def run(context: Context) -> Verdict:
    path, headers, body = small(context, context.words.text_instruction)
    del body["stream"]
    try:
        reply = await post_whole(context, (path, headers, body), STREAM_SECONDS)
    except NetFailure as failure:
        return problem(context, _QUESTION, f"no answer: {quote(failure.detail, 160)}")
    if reply.status != 200:
        refusal = read_refusal(reply.status, reply.headers, reply.body, context.circumstances())
        if refusal.cause in LIMITS:
            return undecided(f"not decided: {refusal.said}")
        return problem(context, _QUESTION, f"refused with {refusal.said}")
    message = message_of(context, reply)
    if message is None:
        shown = quote(reply.body[:400].decode("utf-8", "replace"), 120)
        return problem(context, _QUESTION, f"status 200, but no JSON message came: {shown}")
    if not words_in(context.words.text, text_of(message)):
        return problem(context, _QUESTION, "the message does not hold the words asked for", severity="warning")
    return passed("one JSON message with the words asked for")


CHECK = ProtocolCheck("non_streaming", "protocol", "Is a request without stream answered whole?", run)
