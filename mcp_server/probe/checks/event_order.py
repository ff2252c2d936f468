"""Do the events come by name, in order, each with the data that belongs to it?"""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.stream_checks import found


async def run(context: Context) -> Verdict:
    said = small_answer(context).said
    if said.first_event is None:
        return judged(found(context, "response_not_streamed", f"{WHAT}: not one event came"))
    if said.problems:
        return judged(found(context, "stream_malformed", f"{WHAT}: {'; '.join(said.problems)}"))
    if said.oddities:
        odd = f"{WHAT}: {said.oddities[0]}; Claude Code copes with it, others need not"
        return judged(found(context, "stream_malformed", odd, severity="warning"))
    return passed(f"{said.deltas} deltas in a well-formed stream")


CHECK = ProtocolCheck("event_order", "protocol", "Are the events named, complete and in order?", run, free)
