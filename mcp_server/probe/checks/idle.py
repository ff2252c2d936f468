"""Does a connection survive a minute of silence? Asked with a long answer that comes whole: nothing flows meanwhile.

Costs several thousand output tokens, so it runs only when asked for.
"""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, undecided
from mcp_server.probe.checks.whole import message_of, post_whole
from mcp_server.probe.context import Context
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.redact import quote

#: Seconds of silence that load balancers with their usual settings do not survive, and the longest wait.
SILENCE = 60.0
PATIENCE = 240.0
#: Output that takes a fast model more than a minute.
OUTPUT_TOKENS = 12_000
_QUESTION = Question("idle", "silent connection", "stream_or_request_timeout")


async def run(context: Context) -> Verdict:
    instruction = "Write the numbers from 1 to 3000, one on each line, without leaving any out, and nothing else."
    request = small(context, instruction, OUTPUT_TOKENS, stream=False)
    try:
        reply = await post_whole(context, request, PATIENCE)
    except NetFailure as failure:
        return problem(context, _QUESTION, f"ended without an answer: {quote(failure.detail, 160)}")
    seconds = reply.first_byte_seconds
    if reply.status in (408, 502, 503, 504, 524):
        refusal = read_refusal(reply.status, reply.headers, reply.body, context.circumstances())
        return problem(context, _QUESTION, f"cut after {seconds:.0f} s: {refusal.said}")
    if message_of(context, reply) is None:
        return undecided(f"not decided: answered with {reply.status} after {seconds:.0f} s")
    if seconds < SILENCE:
        return undecided(
            f"not decided: the model was done after {seconds:.0f} s, so the silence was shorter than asked"
        )
    return passed(f"survived {seconds:.0f} s of silence")


CHECK = ProtocolCheck(
    "idle", "route", "Does a connection survive a minute of silence?", run, costs(OUTPUT_TOKENS), opt_in=True
)
