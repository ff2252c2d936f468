"""Do answers carry a ``request-id``, on success and on error?"""

from __future__ import annotations

from mcp_server.net.http import Reply
from mcp_server.probe.checks.ask import Question, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed, skipped
from mcp_server.probe.checks.small_answer import small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.wire.anthropic import AnthropicWire

_QUESTION = Question("request_id", "request-id", "client_headers_not_preserved")
_OTHERS = ("x-request-id", "x-litellm-call-id", "x-amzn-requestid", "x-correlation-id", "cf-ray", "x-goog-request-id")


async def run(context: Context) -> Verdict:
    if not isinstance(context.wire, AnthropicWire):
        return skipped("this provider's format names its answers in another way")
    replies = {"message": small_answer(context).reply.headers}
    error: Reply | None = context.facts.get("error_reply")
    if error is not None:
        replies["error"] = error.headers
    without = [what for what, headers in replies.items() if not headers.get("request-id")]
    if not without:
        return passed(f"present on {' and '.join(replies)}")
    others = [name for name in _OTHERS if all(headers.get(name) for headers in replies.values())]
    instead = f"; {others[0]} is there instead" if others else ""
    absent = f"absent on the {' and the '.join(without)}{instead}"
    return problem(context, _QUESTION, absent, severity="warning")


CHECK = ProtocolCheck("request_id", "protocol", "Do answers carry a request-id?", run, free, after=("error_shape",))
