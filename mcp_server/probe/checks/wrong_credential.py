"""Is a wrong credential refused, and in a way that ends the client's retries?"""

from __future__ import annotations

import secrets

from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed
from mcp_server.probe.checks.whole import message_of, post_whole
from mcp_server.probe.context import FREE_SECONDS, Context
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.redact import quote

_QUESTION = Question("wrong_credential", "wrong credential", "gateway_config_invalid")


async def run(context: Context) -> Verdict:
    headers = {**context.other_headers, "authorization": f"Bearer sk-wrong-{secrets.token_hex(8)}"}
    try:
        reply = await post_whole(context, small(context, "Say yes.", 1, stream=False), FREE_SECONDS, credential=headers)
    except NetFailure as failure:
        return problem(context, _QUESTION, f"no answer at all: {quote(failure.detail, 160)}", severity="warning")
    if reply.status in (401, 403):
        context.ledger.billed -= 1
        return passed(f"refused with {reply.status}")
    if message_of(context, reply) is not None or reply.status == 200:
        open_ = "answered like the right one: anybody who reaches the gateway can use it"
        return problem(context, _QUESTION, open_, severity="warning")
    said = read_refusal(reply.status, reply.headers, reply.body, context.circumstances()).said
    other = f"refused with {quote(said, 160)}; Claude Code expects 401 and does not ask for a new sign-in"
    return problem(context, _QUESTION, other, severity="warning")


CHECK = ProtocolCheck("wrong_credential", "gateway_auth", "Is a wrong credential refused?", run)
