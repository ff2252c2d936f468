"""Does a cut answer say so? Claude Code goes on by itself only after the stop reason ``max_tokens``."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.context import Context
from mcp_server.probe.reply.buffering import LONG_INSTRUCTION
from mcp_server.redact import quote

_QUESTION = Question("stop_max_tokens", "answer cut at 16 tokens", "stream_malformed")
_LIMIT = 16


async def run(context: Context) -> Verdict:
    answer = await ask(context, _QUESTION, small(context, LONG_INSTRUCTION, _LIMIT))
    if isinstance(answer, Verdict):
        return answer
    said = answer.said
    if said.stop_reason == "max_tokens":
        return passed("max_tokens")
    if "189" in said.text:
        return problem(context, _QUESTION, "max_tokens is ignored: the whole answer came", severity="warning")
    wrong = f"the stop reason is {quote(said.stop_reason, 40)} instead of max_tokens"
    return problem(context, _QUESTION, wrong)


CHECK = ProtocolCheck("stop_max_tokens", "protocol", "Does a cut answer say max_tokens?", run, costs(450))
