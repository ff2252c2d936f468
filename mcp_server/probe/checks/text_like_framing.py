"""Does text arrive that looks like the framing of a stream? Whoever edits streaming code reads and writes such text."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, no_words, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.context import Context
from mcp_server.redact import quote

PARTS = (
    'data: {"type": "message_stop"}',
    "[DONE] event: error",
    "C:\\new\\table \\u0041 %41 &amp;",
    "<b>tag</b> ```code``` $PATH",
    "ends here",
)
TEXT = " | ".join(PARTS)
_QUESTION = Question("text_like_framing", "text that looks like events", "stream_malformed", judges="stream_malformed")


async def run(context: Context) -> Verdict:
    answer = await ask(context, _QUESTION, small(context, f"Answer with exactly: {TEXT}", 2_048))
    if isinstance(answer, Verdict):
        return answer
    text = answer.said.text
    lost = [part for part in PARTS if part not in text]
    if not lost:
        return passed(f"{len(TEXT)} characters came back unchanged")
    if len(lost) == len(PARTS):
        return problem(context, _QUESTION, no_words(answer.said), confidence="medium")
    shown = ", ".join(repr(quote(part, 40)) for part in lost[:3])
    if answer.said.problems:
        return problem(context, _QUESTION, f"{answer.said.problems[0]}; lost on the way: {shown}")
    changed = f"these parts came back changed, by the gateway or by the model itself: {shown}"
    return problem(context, _QUESTION, changed, severity="warning", confidence="medium")


CHECK = ProtocolCheck(
    "text_like_framing", "protocol", "Does text arrive that looks like the stream's framing?", run, costs(400)
)
