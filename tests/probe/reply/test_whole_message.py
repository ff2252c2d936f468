"""A whole message read as the events that say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_server.probe.reply.events import read_stream
from mcp_server.probe.reply.whole import whole_message


def message(*content: Any, **more: Any) -> bytes:
    usage = {"input_tokens": 5, "output_tokens": 7}
    whole = {"type": "message", "model": "m", "content": list(content), "stop_reason": "tool_use", "usage": usage}
    return json.dumps({**whole, **more}).encode()


def test_text_thinking_and_tool_calls_survive() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "s1"}
    call = {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "東"}}
    said = read_stream(whole_message(message(thought, {"type": "text", "text": "hello"}, call), 1.5))
    assert said.content == [thought, {"type": "text", "text": "hello"}, call]
    assert said.tool_calls[0].arguments == {"path": "東"}
    assert (said.complete, said.stop_reason, said.problems) == (True, "tool_use", [])
    assert (said.input_tokens, said.output_tokens, said.first_event) == (5, 7, 1.5)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"[" * 100_000, b'{"type": "message"}', message("text"), message(type="error"), b"<html>"],
)
def test_what_is_no_message_gives_no_events(body: bytes) -> None:
    assert whole_message(body, 1.0) == []


@pytest.mark.parametrize("content", [[{"type": "text"}], [{"type": "tool_use", "input": None}], [{"type": 5}], [{}]])
def test_odd_blocks_break_nothing(content: list[Any]) -> None:
    read_stream(whole_message(message(*content), 1.0))
