"""Is a long answer really streamed? A gateway that collects it first makes people wait and load balancers give up."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.checks.small_answer import small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.buffering import LONG_INSTRUCTION, proves_buffering

_QUESTION = Question("streamed", "long answer", "response_not_streamed")


async def run(context: Context) -> Verdict:
    answer = await ask(context, _QUESTION, small(context, LONG_INSTRUCTION, 2_048))
    if isinstance(answer, Verdict):
        return answer
    said, reply = answer.said, answer.reply
    if said.given_up is not None:
        return problem(
            context, _QUESTION, "the stream cannot be used; Claude Code asks again without one, at twice the price"
        )
    if "content-length" in reply.headers:
        return problem(context, _QUESTION, "it carries a content-length, so it was collected whole before sending")
    if await proves_buffering(context, small_answer(context).said, said):
        late = "it took longer to begin than a short one and then came all at once, so something on the way buffers"
        return problem(context, _QUESTION, late, confidence="medium")
    span = (said.last_event or 0.0) - (said.first_event or 0.0)
    return passed(f"{said.deltas} deltas in {reply.pieces} pieces, spread over {span * 1000:.0f} ms")


CHECK = ProtocolCheck("streamed", "protocol", "Is a long answer streamed as it is made?", run, costs(900))
