"""Does the prompt cache work? Read off the two turns of the full request, which carry the client's markers."""

from __future__ import annotations

from typing import Any

from mcp_server.probe.checks.ask import Question, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed, skipped
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import Transcript

_QUESTION = Question("prompt_caching", "full request", "cache_control_rejected")


async def run(context: Context) -> Verdict:
    turns: tuple[Transcript, Transcript] | None = context.facts.get("turns")
    if turns is None:
        return skipped("the full request did not come through")
    if not _marked(context):
        return skipped("this client sends no cache markers (DISABLE_PROMPT_CACHING)")
    written = _sum(turns, "cache_creation_input_tokens")
    read = _sum(turns, "cache_read_input_tokens")
    if read or written:
        return passed(f"{written:,} tokens written to the cache, {read:,} read from it")
    said = "its cache markers were accepted, but no token was cached; every turn is paid in full"
    return problem(context, _QUESTION, said, severity="warning", confidence="medium")


def _marked(context: Context) -> bool:
    return any("cache_control" in block for block in context.shape.system)


def _sum(turns: tuple[Transcript, Transcript], name: str) -> int:
    values: list[Any] = [turn.usage.get(name) for turn in turns]
    return sum(value for value in values if isinstance(value, int))


CHECK = ProtocolCheck(
    "prompt_caching", "protocol", "Does the prompt cache take effect?", run, free, after=("client_request",)
)
