"""Is the small message's answer a proper stream with exactly the words asked for?"""

from __future__ import annotations

from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript
from mcp_server.probe.reply.stream_checks import check_stream, found
from mcp_server.probe.request.attempts import Attempts
from mcp_server.redact import quote

_WHAT = "small message"


async def run(context: Context) -> Outcome:
    small: Attempts = context.facts["small"]
    reply, said = small.reply, small.transcript
    if reply is None or said is None:
        raise AssertionError("the message probe runs after the upstream probe only")
    findings = check_stream(context, reply, said, _WHAT)
    if not any(f.severity == "error" for f in findings):
        problem = _text_problem(context, said)
        if problem:
            findings.append(found(context, "response_shape_invalid", f"{_WHAT}: {problem}", confidence="medium"))
    outcome = Outcome(findings=findings)
    if not outcome.broken:
        context.small_request_passed = True
        context.facts["text"] = True
        context.facts["first_event"] = said.first_event
    return outcome


def _text_problem(context: Context, said: Transcript) -> str:
    """A cached, canned or altered answer does not hold this run's random words."""
    if words_in(context.words.text, said.text):
        return ""
    if not said.text.strip() and said.stop_reason == "max_tokens":
        return "the output limit was used up before any text came (the model thinks too long)"
    if not said.text.strip():
        return "the answer holds no text"
    wanted, got = quote(context.words.text, 80), quote(said.text, 120)
    return f"asked for the words {wanted!r}, got {got!r}: cached, canned or altered on the way"


def words_in(wanted: str, text: str) -> bool:
    """All words in order, whatever stands around them."""
    return " ".join(wanted.split()).lower() in " ".join(text.split()).lower()


PROBE = Probe("message", "protocol", "Is the small answer streamed, complete and made for this request?", run)
