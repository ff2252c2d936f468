"""Does the first event come before people and load balancers lose patience?"""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply import stream_checks


async def run(context: Context) -> Verdict:
    seconds = small_answer(context).said.first_event
    if seconds is None:
        return judged(stream_checks.found(context, "response_not_streamed", f"{WHAT}: not one event came"))
    if seconds >= stream_checks.SLOW_SECONDS:
        slow = f"{WHAT}: the first event came after {seconds:.0f} s"
        return judged(stream_checks.found(context, "slow_first_byte", slow, severity="warning"))
    return passed(f"first event after {seconds * 1000:.0f} ms")


CHECK = ProtocolCheck("first_event", "protocol", "Does the first event come in time?", run, free)
