"""What must be true of every streamed answer; shared by the message and the protocol probe (pure)."""

from __future__ import annotations

import json

from mcp_server.answer import Confidence, Finding, Severity
from mcp_server.catalogue.finding import finding
from mcp_server.net.http import HEAD_BYTES, StreamReply
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript
from mcp_server.probe.reply.refusal import is_html
from mcp_server.probe.reply.remedies import fix_for
from mcp_server.probe.reply.same_model import compare
from mcp_server.redact import quote

#: Seconds to the first event above which people and load balancers lose patience.
SLOW_SECONDS = 10.0


def found(
    context: Context,
    cause: str,
    problem: str,
    *,
    severity: Severity = "error",
    confidence: Confidence = "high",
    said: str = "",
) -> Finding:
    """A finding about ``context``'s model with the minimal change for its cause; ``said``: the words of a refusal."""
    name = f"{quote(context.model_name, 80)}: " if context.model else ""
    return finding(
        cause,
        problem=f"{name}{problem.rstrip('.')}",
        fix=fix_for(cause, context, said),
        severity=severity,
        confidence=confidence,
    )


def check_stream(context: Context, reply: StreamReply, said: Transcript, what: str) -> list[Finding]:
    """Findings about one answer of status 200. ``what`` names the request for people."""
    if said.given_up is not None:
        return _second_way(context, reply, said, said.given_up, what)
    if said.first_event is None:
        return [_no_events(context, reply, said, what)]
    findings: list[Finding] = []
    if said.problems:
        findings.append(found(context, "stream_malformed", f"{what}: {'; '.join(said.problems)}"))
    elif reply.framing_problem:
        findings.append(found(context, "stream_malformed", f"{what}: {reply.framing_problem}"))
    elif not said.complete:
        findings.append(_unfinished(context, reply, said, what))
    if said.oddities and not findings:
        odd = f"{what}: {said.oddities[0]}; Claude Code copes with it, others need not"
        findings.append(found(context, "stream_malformed", odd, severity="warning"))
    findings += _content_type(context, reply, what)
    if "content-length" in reply.headers:
        size = f"{what}: the stream carries a content-length, so the gateway collected it whole before sending"
        findings.append(found(context, "response_not_streamed", size, severity="warning"))
    if said.first_event >= SLOW_SECONDS:
        slow = f"{what}: the first event came after {said.first_event:.0f} s"
        findings.append(found(context, "slow_first_byte", slow, severity="warning"))
    if said.complete:
        findings += _usage(context, said, what)
    findings += _model(context, reply, said, what)
    return findings


def _second_way(context: Context, reply: StreamReply, said: Transcript, stream: Transcript, what: str) -> list[Finding]:
    """The stream failed and the same request without a stream came through: the client copes, at a price."""
    price = "Claude Code asks again without a stream, so each turn is sent twice and shown late"
    failed = [] if stream.error is not None else check_stream(context, reply, stream, what)
    coped = [
        f.model_copy(update={"severity": "warning", "problem": f"{f.problem}; {price}"})
        for f in failed
        if f.severity == "error"
    ]
    return [*coped, *_usage(context, said, what), *_model(context, reply, said, what)]


def _content_type(context: Context, reply: StreamReply, what: str) -> list[Finding]:
    content_type = reply.headers.get("content-type", "none")
    if context.wire.content_type in content_type:
        return []
    wrong = f"{what}: the event stream comes as content-type {quote(content_type, 60)}"
    if context.wire.guarded:
        refuses = f"{wrong}; Claude Code takes {context.wire.content_type} only"
        return [found(context, "response_shape_invalid", refuses)]
    copes = f"{wrong}; proxies and SDKs then buffer or refuse it"
    return [found(context, "response_shape_invalid", copes, severity="warning")]


def _no_events(context: Context, reply: StreamReply, said: Transcript, what: str) -> Finding:
    head = reply.body_head
    content_type = quote(reply.headers.get("content-type", "none"), 60)
    if is_html(reply.headers, head):
        page = quote(head.decode("utf-8", "replace"), 120)
        return found(context, "html_instead_of_api", f"{what}: status 200 with a web page: {page}")
    if reply.encoding_problem:
        return found(context, "response_shape_invalid", f"{what}: {quote(reply.encoding_problem, 120)}")
    if reply.framing_problem:
        return found(context, "stream_malformed", f"{what}: {quote(reply.framing_problem, 120)}")
    if context.wire.content_type not in content_type and "text/event-stream" in content_type:
        said_so = f"{what}: the answer comes as {content_type}, where this mode of Claude Code reads"
        return found(context, "response_shape_invalid", f"{said_so} {context.wire.content_type}")
    looks_like_events = head.lstrip().startswith((b"event:", b"data:", b"id:", b"retry:"))
    if reply.ended == "limit" and head and not looks_like_events and len(head) >= HEAD_BYTES:
        start = quote(head.decode("utf-8", "replace"), 60)
        endless = f"{what}: status 200 with a body without end and without an event ({content_type}): {start}"
        return found(context, "response_shape_invalid", endless)
    if reply.ended == "limit":
        seconds = f"{reply.total_seconds:.0f} s"
        return found(context, "slow_first_byte", f"{what}: status 200, but not one event within {seconds}")
    if reply.ended == "cut" and (looks_like_events or not head.strip()):
        return found(context, "stream_cut", f"{what}: the connection ended before the first event")
    if said.problems:
        return found(context, "response_shape_invalid", f"{what}: {said.problems[0]}")
    shape = _json_shape(head)
    if shape == "message":
        whole = f"{what}: a JSON message ({content_type}) although a stream was asked for, too long to be read whole"
        return found(context, "response_not_streamed", whole)
    if not head.strip():
        return found(context, "response_shape_invalid", f"{what}: status 200 with an empty body ({content_type})")
    text = quote(head.decode("utf-8", "replace"), 120)
    return found(
        context, "response_shape_invalid", f"{what}: status 200 with {shape} instead of events ({content_type}): {text}"
    )


def _json_shape(head: bytes) -> str:
    try:
        data = json.loads(head)
    except (ValueError, RecursionError):
        return "something else" if not head.lstrip().startswith(b'{"id":"msg') else "message"
    if isinstance(data, dict) and data.get("type") == "message":
        return "message"
    if isinstance(data, dict) and ("choices" in data or str(data.get("object", "")).startswith("chat.")):
        return "an OpenAI chat completion"
    return "other JSON"


def _unfinished(context: Context, reply: StreamReply, said: Transcript, what: str) -> Finding:
    if reply.ended == "limit":
        late = f"{what}: the answer was not finished after {reply.total_seconds:.0f} s"
        return found(context, "stream_or_request_timeout", late)
    if said.stop_reason is not None and reply.ended == "clean":
        lost = f"{what}: message_stop is missing; Claude Code goes on, but cannot tell a whole answer from a cut one"
        return found(context, "stream_cut", lost, severity="warning")
    return found(context, "stream_cut", f"{what}: the stream ends without message_stop, in the middle of the answer")


def _usage(context: Context, said: Transcript, what: str) -> list[Finding]:
    missing = [name for name, count in (("input", said.input_tokens), ("output", said.output_tokens)) if count <= 0]
    if not missing:
        return []
    absent = f"{what}: no {' and no '.join(missing)} tokens are reported"
    return [found(context, "usage_missing", absent, severity="warning")]


def _model(context: Context, reply: StreamReply, said: Transcript, what: str) -> list[Finding]:
    fallbacks = reply.headers.get("x-litellm-attempted-fallbacks", "0").strip()
    if fallbacks.isdigit() and int(fallbacks) > 0:
        other = f"{what}: LiteLLM answered from a fallback (x-litellm-attempted-fallbacks: {int(fallbacks)})"
        return [found(context, "wrong_model_answered", other, severity="warning")]
    if compare(context.model_name, said.model) == "other":
        # A gateway may map the name on purpose; the client cannot tell and works.
        other = f"{what}: {quote(said.model, 80)} answered instead"
        return [found(context, "wrong_model_answered", other, severity="warning")]
    return []
