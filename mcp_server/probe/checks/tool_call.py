"""Does a tool call come back with exactly the arguments asked for: nested, with numbers, flags and many scripts?"""

from __future__ import annotations

from mcp_server.answer import Finding
from mcp_server.probe import protocol
from mcp_server.probe.checks.ask import Question, ask
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, judged, passed
from mcp_server.probe.checks.tools import Called, call_of, offering
from mcp_server.probe.context import Context
from mcp_server.probe.request.words import TOOL_NAME, tool_definition

_QUESTION = Question("tool_call", "tool call", "tool_schema_rejected")


async def run(context: Context) -> Verdict:
    request = offering(context, context.words.tool_instruction, tool_definition())
    answer = await ask(context, _QUESTION, request)
    if isinstance(answer, Verdict):
        return answer
    call = call_of(answer.said, TOOL_NAME)
    if call is not None and call.id:
        context.facts["called"] = Called(context.words, tuple(answer.said.content), call.id)
    found: list[Finding] = protocol.tool_findings(context, answer.said, _QUESTION.what)
    if found:
        return judged(found[0])
    return passed("called once, with exactly the nested arguments asked for")


CHECK = ProtocolCheck("tool_call", "protocol", "Do tool calls come back with exact arguments?", run, costs(900))
