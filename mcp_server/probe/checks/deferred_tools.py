"""Tool search: a tool whose schema is deferred, brought up by a ``tool_reference``, and then called."""

from __future__ import annotations

from typing import Any

from mcp_server.probe.checks.ask import Question, Request, ask, no_words, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.checks.tools import call_of, call_sentence, offering, tool
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript

_SEARCH, _FOUND = "ToolSearch", "read_deferred_value"
_ARGUMENTS = {"path": "shelf/deferred.txt"}
_QUESTION = Question("deferred_tools", "deferred tool with tool_reference", "body_field_rejected", left_out=True)


async def run(context: Context) -> Verdict:
    if not any("defer_loading" in entry.extra for entry in context.shape.tools):
        return skipped("this client sends no deferred tools (ENABLE_TOOL_SEARCH)")
    if "called" not in context.facts:
        return skipped("the model calls no tools at all (see tool_call)")
    request = _request(context)
    first = await ask(context, _QUESTION, request)
    if isinstance(first, Verdict):
        return first
    search = call_of(first.said, _SEARCH)
    if search is None:
        return _called(context, first.said, "the deferred tool was offered like any other and called without a search")
    path, headers, body = request
    reference = [{"type": "tool_reference", "tool_name": _FOUND}]
    result = {"type": "tool_result", "tool_use_id": search.id, "content": reference}
    turns = [{"role": "assistant", "content": first.said.content}, {"role": "user", "content": [result]}]
    second = await ask(context, _QUESTION, (path, headers, {**body, "messages": [*body["messages"], *turns]}))
    if isinstance(second, Verdict):
        return second
    if call_of(second.said, _SEARCH) is not None:
        again = "the search is called again, so its result did not reach the model"
        return problem(context, _QUESTION, again, confidence="medium")
    return _called(context, second.said, "the tool that the search brought up was called")


def _request(context: Context) -> Request:
    search = tool(
        _SEARCH,
        "Fetches the definitions of tools that are deferred, so that they can be called. Query: select:NAME.",
        query={"type": "string"},
        max_results={"type": "number"},
    )
    deferred: dict[str, Any] = {**tool(_FOUND, "Reads a stored value.", path={"type": "string"}), "defer_loading": True}
    return offering(context, call_sentence(_FOUND, _ARGUMENTS), search, deferred)


def _called(context: Context, said: Transcript, how: str) -> Verdict:
    call = call_of(said, _FOUND)
    if call is None:
        return problem(context, _QUESTION, f"the tool found is not called: {no_words(said)}", confidence="medium")
    if call.arguments != _ARGUMENTS:
        return problem(context, _QUESTION, "the tool found is called with other arguments", confidence="medium")
    return passed(how)


CHECK = ProtocolCheck(
    "deferred_tools", "protocol", "Does tool search with deferred tools work?", run, costs(900), after=("tool_call",)
)
