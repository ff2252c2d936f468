"""The scripted model behind every emulator: it does exactly what the prompt says, so a test knows the answer.

A prompt drives it with one of four sentences, which a real model obeys just as well:

* ``Call the tool "NAME" once, with exactly this JSON as its input: {…}``; several are obeyed in order, one a turn;
  after the last result it says ``The tool returned: …``.
* ``Call these tools at once: [{"name": "A", "input": {…}}, …]``, in parallel in one turn; in a dialect that has no
  parallel calls, one after the other. After the results it says ``The tools returned: …``, one a line.
* ``Answer with exactly: WORDS`` up to the end of the line.
* ``Count from 1 to N``: a long answer, the numbers separated by blanks.

Asked by Claude Code's auto mode about an action, it finds every one harmless.

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
_AT_ONCE = re.compile(r"Call\s+these\s+tools\s+at\s+once:\s*(?=\[)")
_COUNT = re.compile(r"Count\s+from\s+1\s+to\s+(\d{1,5})\b")
_SAY = re.compile(r"Answer\s+with\s+exactly:[ \t]*(\S[^\r\n]*)")
#: What Claude Code's auto mode asks about an action, behind the transcript; the tag in which it wants the answer.
_JUDGE = re.compile(r"</transcript>(?s:.*)<(severity|block)>")
_HARMLESS = {"severity": "<severity>5</severity>", "block": "<block>no</block>"}
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
class Stopped(Say):
    """Text that ended where one of the request's stop sequences would have come."""

    sequence: str


@dataclass(frozen=True)
class CallTool:
    """The model calls a tool."""

    name: str
    arguments: dict[str, Any]
    also: tuple[CallTool, ...] = ()
    """Further calls of the same turn. A dialect without parallel calls leaves them out: they come in the next turn."""

    @property
    def all(self) -> tuple[CallTool, ...]:
        """Every call of the turn."""
        return (CallTool(self.name, self.arguments), *self.also)


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
    group: int
    """Instructions of one group are to be obeyed in one turn."""


def decide(conversation: Conversation, tools: Sequence[str]) -> Say | CallTool:
    """What the model does next. ``tools``: the names offered in this request."""
    text, calls, results = _since_last_prompt(conversation)
    if judged := _JUDGE.search(text):
        return Say(_HARMLESS[judged[1]])
    instructions = _instructions(text)
    if not instructions:
        return Say(_plain_answer(text))
    done = [call for call in calls if not _is_search_for(call, instructions)]
    if len(done) >= len(instructions):
        return Say(_told(results, together=len(instructions) - len({i.group for i in instructions})))
    wanted = [i for i in instructions[len(done) :] if i.group == instructions[len(done)].group]
    ready: list[CallTool] = []
    for instruction in wanted:
        if instruction.arguments is None:
            return Say(f'The instruction for the tool "{instruction.name}" is not followed by a JSON object.')
        if instruction.name not in tools:
            search = CallTool(_SEARCH, {"query": f"select:{instruction.name}", "max_results": 1})
            if _SEARCH in tools and search not in calls:
                return search
            return Say(f'The tool "{instruction.name}" is not offered in this request.')
        ready.append(CallTool(instruction.name, instruction.arguments))
    return CallTool(ready[0].name, ready[0].arguments, tuple(ready[1:]))


def _plain_answer(text: str) -> str:
    if said := _SAY.findall(text):
        return str(said[-1]).rstrip()
    if counted := _COUNT.findall(text):
        return " ".join(map(str, range(1, int(counted[-1]) + 1)))
    return "Hello from the laboratory."


def _told(results: list[str], *, together: int) -> str:
    if not together:
        return f"The tool returned: {(results or [''])[-1][:_RESULT_LIMIT]}"
    return "The tools returned: " + "\n".join(result[:_RESULT_LIMIT] for result in results)


def within(decision: Say | CallTool, limit: int | None, stop: str | Sequence[str] | None = None) -> Say | CallTool:
    """``decision`` held to ``limit`` output tokens and to what comes before the first of the ``stop`` sequences.

    Calls stay whole: a cut call is a fault, not a behaviour.
    """
    sequences = [stop] if isinstance(stop, str) else list(stop or ())
    if isinstance(decision, Say):
        found = [(decision.text.index(each), each) for each in sequences if each and each in decision.text]
        if found:
            decision = Stopped(decision.text[: min(found)[0]], min(found)[1])
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
    """The calls that the text asks for, in its order."""
    decoder = json.JSONDecoder(strict=False)  # a wrapped sentence may break a line inside a JSON string

    def value_at(place: int) -> Any:
        try:
            return decoder.raw_decode(text, place)[0]
        except ValueError:
            return None

    sentences = sorted([*_CALL.finditer(text), *_AT_ONCE.finditer(text)], key=lambda match: match.start())
    found: list[_Instruction] = []
    for group, sentence in enumerate(sentences):
        value = value_at(sentence.end())
        if sentence.re is _CALL:
            found.append(_Instruction(sentence.group(1), value, group))
            continue
        entries: list[Any] = value if isinstance(value, list) and value else [None]
        for entry in entries:
            named = entry if isinstance(entry, dict) and isinstance(entry.get("name"), str) else {"name": "?"}
            arguments = named.get("input")
            found.append(_Instruction(named["name"], arguments if isinstance(arguments, dict) else None, group))
    return found


def _is_search_for(call: CallTool, instructions: list[_Instruction]) -> bool:
    wanted = {f"select:{instruction.name}" for instruction in instructions}
    return call.name == _SEARCH and call.arguments.get("query") in wanted
