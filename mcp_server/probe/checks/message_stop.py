"""Does the stream end with ``message_stop``? Without it nobody can tell a whole answer from a cut one."""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.stream_checks import found


async def run(context: Context) -> Verdict:
    answer = small_answer(context)
    if answer.said.complete:
        return passed("the stream ends with message_stop")
    if answer.reply.ended == "limit":
        late = f"{WHAT}: the answer was not finished after {answer.reply.total_seconds:.0f} s"
        return judged(found(context, "stream_or_request_timeout", late))
    where = "after the stop reason" if answer.said.stop_reason else "in the middle of the answer"
    return judged(found(context, "stream_cut", f"{WHAT}: the stream ends {where}, without message_stop"))


CHECK = ProtocolCheck("message_stop", "protocol", "Does the stream end with message_stop?", run, free)
