"""Is the model that answers the one that was asked for?"""

from __future__ import annotations

from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, judged, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.reply.same_model import compare
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.request.attempts import Attempts
from mcp_server.redact import quote


async def run(context: Context) -> Verdict:
    answer = small_answer(context)
    small: Attempts = context.facts["small"]
    named = (small.transcript or answer.said).model
    fallbacks = answer.reply.headers.get("x-litellm-attempted-fallbacks", "0").strip()
    if fallbacks.isdigit() and int(fallbacks) > 0:
        other = f"{WHAT}: LiteLLM answered from a fallback, so this is not the model asked for"
        return judged(found(context, "wrong_model_answered", other))
    if not named:
        return judged(found(context, "response_shape_invalid", f"{WHAT}: message_start names no model"))
    match = compare(context.model_name, named)
    if match == "other":
        return judged(found(context, "wrong_model_answered", f"{WHAT}: {quote(named, 80)} answered instead"))
    what = "the same model" if match == "same" else "an alias, so its name does not decide"
    return passed(f"{quote(named, 80)} answered: {what}")


CHECK = ProtocolCheck("answering_model", "model", "Does the model answer that was asked for?", run, free)
