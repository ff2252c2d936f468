"""Several calls in one turn: do all arrive, and are all results accepted?"""

from __future__ import annotations

import json

from mcp_server.probe.checks.ask import Question, ask, no_words, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.checks.tools import call_of, offering, tool
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_TEXT = {"type": "string"}
_TOOLS = (
    tool("read_left_shelf", "Reads a value of the left shelf.", path=_TEXT),
    tool("read_right_shelf", "Reads a value of the right shelf.", path=_TEXT),
)
_CALLS = {"read_left_shelf": {"path": "left/αβγ"}, "read_right_shelf": {"path": "right/終"}}
_QUESTION = Question("parallel_tools", "two tool calls at once", "tool_call_lost")


async def run(context: Context) -> Verdict:
    if "called" not in context.facts:
        return skipped("the model calls no tools at all (see tool_call)")
    calls_asked = [{"name": name, "input": arguments} for name, arguments in _CALLS.items()]
    instruction = f"Call these tools at once: {json.dumps(calls_asked, ensure_ascii=False)}"
    first = await ask(context, _QUESTION, offering(context, instruction, *_TOOLS))
    if isinstance(first, Verdict):
        return first
    calls = first.said.tool_calls
    if len(calls) < len(_CALLS):
        return skipped(f"the model called {len(calls)} tool in this turn, not both")
    for name, arguments in _CALLS.items():
        call = call_of(first.said, name)
        if call is None or call.arguments != arguments:
            got = "missing" if call is None else quote(call.raw, 60)
            return problem(context, _QUESTION, f"the input of {name} is {got!r}, so the two calls were mixed up")
    if len({call.id for call in calls}) < len(calls) or not all(call.id for call in calls):
        return problem(context, _QUESTION, "both calls have the same id, so their results cannot be told apart")
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"{context.words.result}-{number}"}
        for number, call in enumerate(calls)
    ]
    path, headers, body = offering(context, instruction, *_TOOLS)
    body["messages"] += [{"role": "assistant", "content": first.said.content}, {"role": "user", "content": results}]
    second = await ask(context, _QUESTION, (path, headers, body))
    if isinstance(second, Verdict):
        return second
    missing = [number for number in range(len(calls)) if f"{context.words.result}-{number}" not in second.said.text]
    if len(missing) == len(calls):
        return problem(context, _QUESTION, f"after both results {no_words(second.said)}", confidence="medium")
    if missing:
        partly = "only one of both results is in the answer"
        return problem(context, _QUESTION, partly, severity="warning", confidence="medium")
    return passed("both calls arrived, both results were accepted")


CHECK = ProtocolCheck(
    "parallel_tools", "protocol", "Do several tool calls in one turn work?", run, costs(900), after=("tool_call",)
)
