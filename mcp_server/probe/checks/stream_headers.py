"""Do the headers of the stream say what it is? Proxies and SDKs buffer or refuse another content type."""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.stream_checks import found
from mcp_server.redact import quote

_STREAMS = ("text/event-stream", "application/vnd.amazon.eventstream")


async def run(context: Context) -> Verdict:
    headers = small_answer(context).reply.headers
    kind = headers.get("content-type", "none")
    if not kind.lower().startswith(_STREAMS):
        wrong = f"{WHAT}: the event stream comes as content-type {quote(kind, 60)}; Claude Code then asks a second time"
        return judged(found(context, "response_shape_invalid", wrong))
    if "content-length" in headers:
        size = f"{WHAT}: the stream carries a content-length, so the gateway collected it whole before sending"
        return judged(found(context, "response_not_streamed", size))
    return passed(quote(kind, 60))


CHECK = ProtocolCheck("stream_headers", "protocol", "Is the stream declared as one?", run, free)
