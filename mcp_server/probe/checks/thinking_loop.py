"""Do thinking blocks keep their signature, and are they taken back unchanged behind a tool call?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question, ask, no_words, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.checks.thinking import thinking_fields
from mcp_server.probe.checks.tools import call_of, offering
from mcp_server.probe.context import Context
from mcp_server.probe.request.words import TOOL_NAME, tool_definition

_QUESTION = Question("thinking_loop", "thinking with a tool", "reasoning_signature_invalid")


async def run(context: Context) -> Verdict:
    fields = thinking_fields(context)
    if fields is None:
        return skipped("this client does not ask for thinking here")
    request = offering(context, context.words.tool_instruction, tool_definition(), **fields)
    first = await ask(context, _QUESTION, request)
    if isinstance(first, Verdict):
        return first
    thoughts = [block for block in first.said.content if block["type"] in ("thinking", "redacted_thinking")]
    if not thoughts:
        return skipped("the model returned no thinking block, so there is nothing to keep")
    if any(block["type"] == "thinking" and not block.get("signature") for block in thoughts):
        unsigned = "a thinking block came without its signature, so it cannot be sent back"
        return problem(
            context, _QUESTION, unsigned, severity="error" if _claude(context, first.said.model) else "warning"
        )
    call = call_of(first.said, TOOL_NAME)
    if call is None:
        return skipped("the model thought, but did not call the tool")
    path, headers, body = request
    result = {"type": "tool_result", "tool_use_id": call.id, "content": context.words.result}
    turns = [{"role": "assistant", "content": first.said.content}, {"role": "user", "content": [result]}]
    second = await ask(context, _QUESTION, (path, headers, {**body, "messages": [*body["messages"], *turns]}))
    if isinstance(second, Verdict):
        return second
    if context.words.result not in second.said.text:
        return problem(context, _QUESTION, f"behind the returned thinking {no_words(second.said)}", confidence="medium")
    return passed(f"{len(thoughts)} thinking block(s) with signature came, and were taken back unchanged")


def _claude(context: Context, answered: str | None) -> bool:
    """Only Claude checks signatures; other models' thoughts are shown and not needed again."""
    return "claude" in f"{context.model_name} {answered or ''}".lower()


CHECK = ProtocolCheck(
    "thinking_loop",
    "protocol",
    "Do thinking blocks survive a tool loop?",
    run,
    costs(2_600),
    after=("thinking", "tool_call"),
)
