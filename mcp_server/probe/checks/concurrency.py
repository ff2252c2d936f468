"""Several requests at once, as from sub-agents: does each get its own answer?"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mcp_server.probe.checks.ask import Question, ask, problem, small
from mcp_server.probe.checks.base import SMALL, ProtocolCheck, Verdict, costs, passed
from mcp_server.probe.context import Context
from mcp_server.probe.message import words_in
from mcp_server.probe.request.words import new_words

_AT_ONCE = 4
_QUESTION = Question("concurrency", f"{_AT_ONCE} requests at once", "gateway_rate_limit")


async def run(context: Context) -> Verdict:
    asked = [replace(context, words=new_words(), refusals=[]) for _ in range(_AT_ONCE)]
    answers = await asyncio.gather(*(ask(one, _QUESTION, small(one, one.words.text_instruction)) for one in asked))
    for answer in answers:
        if isinstance(answer, Verdict):
            return answer
    texts = [answer.said.text for answer in answers if not isinstance(answer, Verdict)]
    mixed = [
        n for n, one in enumerate(asked) for m, text in enumerate(texts) if n != m and words_in(one.words.text, text)
    ]
    if mixed:
        return problem(
            context, Question("concurrency", _QUESTION.what, "response_shape_invalid"), "answers were given to others"
        )
    if any(one.refusals for one in asked):
        return problem(context, _QUESTION, "some were refused at first and came through later", severity="warning")
    if not all(words_in(one.words.text, text) for one, text in zip(asked, texts, strict=True)):
        return problem(context, _QUESTION, "some answers do not hold the words asked for", severity="warning")
    return passed(f"{_AT_ONCE} requests at once, each with its own answer")


CHECK = ProtocolCheck(
    "concurrency", "limits", "Do requests at once get their own answers?", run, costs(_AT_ONCE * SMALL)
)
