"""Are the usage numbers plausible? Claude Code compacts the conversation by them."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.checks.small_answer import WHAT, small_answer
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler
from mcp_server.probe.request.attempts import Attempts

_LONGER = 2_400
#: Characters a token that no tokenizer reaches with plain English.
_FEWEST = _LONGER // 12
_QUESTION = Question("usage", "usage", "usage_missing")


async def run(context: Context) -> Verdict:
    small_reply: Attempts = context.facts["small"]
    short = small_reply.transcript or small_answer(context).said
    missing = [name for name, n in (("input", short.input_tokens), ("output", short.output_tokens)) if n <= 0]
    if missing:
        return problem(context, _QUESTION, f"the {WHAT} reports no {' and no '.join(missing)} tokens")
    request = small(context, f"{filler.text(_LONGER)}\n{context.words.text_instruction}")
    answer = await ask(context, _QUESTION, request)
    if isinstance(answer, Verdict):
        return answer
    grown = answer.said.input_tokens - short.input_tokens
    if grown < _FEWEST:
        same = f"{_LONGER:,} more characters in the request changed the input tokens by {grown:,} only"
        return problem(context, _QUESTION, f"{same} ({short.input_tokens:,} to {answer.said.input_tokens:,})")
    return passed(f"{short.input_tokens:,} in / {short.output_tokens:,} out; {grown:,} more for a longer request")


CHECK = ProtocolCheck("usage", "protocol", "Are tokens reported, and do they grow?", run, costs(_LONGER // 4 + 100))
