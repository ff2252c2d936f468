"""Tools of the checks: how one is offered, how a call is asked for, and a call that was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server.probe.checks.ask import Request, small
from mcp_server.probe.context import Context
from mcp_server.probe.reply.events import ToolCall, Transcript
from mcp_server.probe.request.words import Words


@dataclass(frozen=True)
class Called:
    """A call that the model made: the words it was asked with, the content blocks of its turn, the id of the call."""

    words: Words
    content: tuple[dict[str, Any], ...]
    id: str


#: Room for a call and for a model that thinks first.
CALL_MAX_TOKENS = 2_048


def tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    """A tool definition; every property is required."""
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "input_schema": {**schema, "additionalProperties": False}}


def call_sentence(name: str, arguments: Mapping[str, Any]) -> str:
    exact = json.dumps(arguments, ensure_ascii=False)
    return f'Call the tool "{name}" once, with exactly this JSON as its input: {exact}'


def offering(context: Context, instruction: str, *tools: Mapping[str, Any], **fields: Any) -> Request:
    """A small message that offers ``tools``."""
    return small(context, instruction, CALL_MAX_TOKENS, tools=[dict(entry) for entry in tools], **fields)


def call_of(said: Transcript, name: str) -> ToolCall | None:
    return next((call for call in said.tool_calls if call.name == name), None)
