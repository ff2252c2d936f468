"""The forms of a tool result, each sent behind the call that the check ``tool_call`` got: shared by their checks.

Only a call of the model's own will do: some providers refuse ids that they did not make.
"""

from __future__ import annotations

from typing import Any

from mcp_server.probe.checks.ask import Question, ask, no_words, problem
from mcp_server.probe.checks.base import Verdict, passed, skipped
from mcp_server.probe.checks.tools import Called, offering
from mcp_server.probe.context import Context
from mcp_server.probe.request.words import tool_definition

#: Tokens of one conversation with the tool's definition, a call and a result.
RESULT_TOKENS = 1_100


async def accepts_result(context: Context, question: Question, content: Any, **result: Any) -> Verdict:
    """Does the model answer with ``context.words.result``, which stands in the result ``content``?"""
    called: Called | None = context.facts.get("called")
    if called is None:
        return skipped("the model made no tool call that a result could answer (see tool_call)")
    path, headers, body = offering(context, called.words.tool_instruction, tool_definition())
    answered = {"type": "tool_result", "tool_use_id": called.id, "content": content, **result}
    body["messages"] += [
        {"role": "assistant", "content": list(called.content)},
        {"role": "user", "content": [answered]},
    ]
    answer = await ask(context, question, (path, headers, body))
    if isinstance(answer, Verdict):
        return answer
    if context.words.result not in answer.said.text:
        if answer.said.tool_calls:
            again = "the tool is called again instead of an answer, so its result seems not to have arrived"
            return problem(context, question, again, confidence="medium")
        return problem(context, question, f"the result is not in the answer: {no_words(answer.said)}")
    return passed("accepted, and the answer holds the result")
