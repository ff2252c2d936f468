"""Do headers pass that nobody knows? Every release of the client may add some, and people add their own."""

from __future__ import annotations

from uuid import uuid4

from mcp_server.probe.checks.ask import Question, accepts, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict
from mcp_server.probe.context import Context

_QUESTION = Question("extra_headers", "headers nobody knows", "client_headers_not_preserved")


async def run(context: Context) -> Verdict:
    path, headers, body = small(context, context.words.text_instruction)
    more = {
        "x-claude-code-agent-id": str(uuid4()),
        "x-claude-code-request-class": "subagent",
        "x-llm-gateway-check": "a header of this check",
    }
    return await accepts(context, _QUESTION, {}, (path, {**headers, **more}, body))


CHECK = ProtocolCheck("extra_headers", "route", "Do unknown headers pass?", run)
