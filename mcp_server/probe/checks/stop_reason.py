"""Does an answer that is finished say ``end_turn``?"""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed, skipped
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.stream_checks import found
from mcp_server.redact import quote


async def run(context: Context) -> Verdict:
    stop = small_answer(context).said.stop_reason
    if stop is None and small_answer(context).said.first_event is None:
        return skipped("no stream came (see event_order)")
    if stop == "end_turn":
        return passed("end_turn")
    if stop is None:
        return judged(found(context, "stream_malformed", f"{WHAT}: no stop reason is given"))
    odd = f"{WHAT}: a finished answer has the stop reason {quote(stop, 40)} instead of end_turn"
    return judged(found(context, "stream_malformed", odd, severity="warning"))


CHECK = ProtocolCheck("stop_reason", "protocol", "Does a finished answer say end_turn?", run, free)
