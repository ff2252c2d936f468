"""The scripted model behind every emulator: it does exactly what the prompt says, so a test knows the answer.

A prompt drives it with one of two sentences, which a real model obeys just as well:

* ``Call the tool "NAME" once, with exactly this JSON as its input: {…}``; several are obeyed in order, one a turn;
  after the last result it says ``The tool returned: …``.
* ``Answer with exactly: WORDS`` up to the end of the line.

Sentences count only in what the user wrote: a tool result cannot drive it. Claude Code defers tools behind its
ToolSearch tool; when the wanted tool is not offered but ToolSearch is, that is called first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mcp_server.lab import tokens

_CALL = re.compile(r'Call\s+the\s+tool\s+"([^"]+)"\s+once,\s+with\s+exactly\s+this\s+JSON\s+as\s+its\s+input:\s*(?=\{)')
_SAY = re.compile(r"Answer\s+with\s+exactly:[ \t]*(\S[^\r\n]*)")
#: What a reasoning model thinks before it answers, where its dialect shows thoughts.
THOUGHT = "The instruction is clear, so I follow it."
_SEARCH = "ToolSearch"
_RESULT_LIMIT = 400


@dataclass(frozen=True)
class Say:
    """The model answers with text."""

    text: str


@dataclass(frozen=True)
class Cut(Say):
    """Text that the request's output limit has cut short."""


@dataclass(frozen=True)
class CallTool:
    """The model calls a tool."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message, dialect-neutral. ``results`` are texts of tool results, in the order of the calls."""

    role: Literal["system", "user", "assistant"]
    text: str = ""
    calls: tuple[CallTool, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """The whole conversation, oldest turn first."""

    turns: Sequence[Turn] = field(default_factory=tuple)


class _Instruction(NamedTuple):
    name: str
    arguments: dict[str, Any] | None
    """``None``: the JSON after the sentence cannot be read."""


def decide(conversation: Conversation, tools: Sequence[str]) -> Say | CallTool:
    """What the model does next. ``tools``: the names offered in this request."""
    text, calls, results = _since_last_prompt(conversation)
    instructions = _instructions(text)
    if not instructions:
        said = _SAY.findall(text)
        return Say(said[-1].rstrip() if said else "Hello from the laboratory.")
    done = [call for call in calls if not _is_search_for(call, instructions)]
    if len(done) >= len(instructions):
        return Say(f"The tool returned: {(results or [''])[-1][:_RESULT_LIMIT]}")
    wanted = instructions[len(done)]
    if wanted.arguments is None:
        return Say(f'The instruction for the tool "{wanted.name}" is not followed by a JSON object.')
    if wanted.name in tools:
        return CallTool(wanted.name, wanted.arguments)
    search = CallTool(_SEARCH, {"query": f"select:{wanted.name}", "max_results": 1})
    if _SEARCH in tools and search not in calls:
        return search
    return Say(f'The tool "{wanted.name}" is not offered in this request.')


def within(decision: Say | CallTool, limit: int | None) -> Say | CallTool:
    """``decision`` held to ``limit`` output tokens. Calls stay whole: a cut call is a fault, not a behaviour."""
    if limit is None or isinstance(decision, CallTool) or tokens.count(decision.text) <= limit:
        return decision
    return Cut(decision.text[: limit * tokens.CHARACTERS_PER_TOKEN])


def _since_last_prompt(conversation: Conversation) -> tuple[str, list[CallTool], list[str]]:
    """The user's text since the last finished answer, with the calls made and the results received since.

    An assistant turn of text alone finishes an answer. User turns after tool results are reminders of the client, not
    new prompts, so their text only adds to the prompt.
    """
    texts: list[str] = []
    calls: list[CallTool] = []
    results: list[str] = []
    for turn in conversation.turns:
        if turn.role == "user":
            texts.append(turn.text)
            results.extend(turn.results)
        elif turn.role == "assistant" and turn.calls:
            calls.extend(turn.calls)
        elif turn.role == "assistant" and turn.text.strip():
            texts, calls, results = [], [], []
    return "\n".join(texts), calls, results


def _instructions(text: str) -> list[_Instruction]:
    decoder = json.JSONDecoder(strict=False)  # a wrapped sentence may break a line inside a JSON string
    found = []
    for sentence in _CALL.finditer(text):
        try:
            arguments, _ = decoder.raw_decode(text, sentence.end())
        except ValueError:
            arguments = None
        found.append(_Instruction(sentence.group(1), arguments))
    return found


def _is_search_for(call: CallTool, instructions: list[_Instruction]) -> bool:
    wanted = {f"select:{instruction.name}" for instruction in instructions}
    return call.name == _SEARCH and call.arguments.get("query") in wanted
