"""Does text of every script arrive unharmed?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, no_words, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.context import Context
from mcp_server.redact import quote

#: On one line: a model copies it word by word. The parts stand apart, so that one lost part is found.
PARTS = (
    "naïve Ελλάδα Привет",
    "東京都の天気 한국어 中文",
    "שלום עולם مرحبا بالعالم",
    "🦊🚀 👩‍👩‍👧 🇩🇪",
    "ends here 終",
)
TEXT = " | ".join(PARTS)
_QUESTION = Question("text_intact", "text of many scripts", "response_shape_invalid")


async def run(context: Context) -> Verdict:
    answer = await ask(context, _QUESTION, small(context, f"Answer with exactly: {TEXT}", 2_048))
    if isinstance(answer, Verdict):
        return answer
    text = answer.said.text
    damaged = _damage(text)
    if damaged:
        return problem(context, _QUESTION, f"the characters come back damaged: {damaged}")
    lost = [part for part in PARTS if part not in text]
    if not lost:
        return passed(f"{len(TEXT)} characters of many scripts came back unchanged")
    if len(lost) == len(PARTS):
        return problem(context, _QUESTION, no_words(answer.said), confidence="medium")
    if lost == list(PARTS[-len(lost) :]) and text.strip() in TEXT:
        return problem(context, _QUESTION, f"the answer stops early, at {quote(text[-40:], 60)!r}")
    shown = ", ".join(repr(quote(part, 40)) for part in lost[:3])
    changed = f"these parts came back changed, by the gateway or by the model itself: {shown}"
    return problem(context, _QUESTION, changed, severity="warning", confidence="medium")


def _damage(text: str) -> str:
    """UTF-8 read as Latin-1, characters replaced by question marks, or escapes that were not undone."""
    if "\ufffd" in text:
        return "replacement characters instead of letters"
    if "naÃ¯ve" in text:
        return "UTF-8 was read as Latin-1 (Ã¯ instead of ï)"
    if "na?ve" in text or "???" in text:
        return "question marks instead of letters"
    if "\\u6771" in text:
        return "escapes instead of letters"
    return ""


CHECK = ProtocolCheck("text_intact", "protocol", "Does text of every script arrive unharmed?", run, costs(500))
