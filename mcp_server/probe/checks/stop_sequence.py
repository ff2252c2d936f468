"""Do stop sequences end the answer? The automatic permission mode asks its questions with one."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, no_words, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed
from mcp_server.probe.context import Context
from mcp_server.probe.message import words_in
from mcp_server.redact import quote

_QUESTION = Question("stop_sequence", "stop sequence", "body_field_rejected")
_STOP = "</block>"


async def run(context: Context) -> Verdict:
    instruction = f"Answer with exactly: {context.words.text} {_STOP} and nothing more"
    answer = await ask(context, _QUESTION, small(context, instruction, stop_sequences=[_STOP]))
    if isinstance(answer, Verdict):
        return answer
    said = answer.said
    if "nothing more" in said.text or _STOP in said.text:
        return problem(context, _QUESTION, "it is ignored: the answer goes on behind it", severity="warning")
    if not words_in(context.words.text, said.text):
        return problem(context, _QUESTION, no_words(said), severity="warning", confidence="medium")
    if said.stop_reason != "stop_sequence":
        other = f"the answer ends there, with the stop reason {quote(said.stop_reason, 40)}"
        return problem(context, _QUESTION, other, severity="warning")
    return passed("the answer ends at the sequence, with the stop reason stop_sequence")


CHECK = ProtocolCheck("stop_sequence", "protocol", "Do stop sequences end the answer?", run)
