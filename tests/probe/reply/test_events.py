"""Streams as the client reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_server.net.body import SseEvent
from mcp_server.probe.reply.events import Transcript, read_stream
from tests.probe.gateways import Event, stream_events

TEXT = {"type": "text", "text": "one two three"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "ü", "deep": {"n": [1, None]}}}


def read(events: list[Event]) -> Transcript:
    return read_stream(
        [
            SseEvent(float(at), name, data if isinstance(data, str) else json.dumps(data))
            for at, (name, data) in enumerate(events)
        ]
    )


def test_text_tool_call_usage_and_times_are_read() -> None:
    said = read(stream_events("m", TEXT, "end_turn"))
    assert (said.text, said.model, said.stop_reason, said.complete) == ("one two three", "m", "end_turn", True)
    assert (said.input_tokens, said.output_tokens) == (21, 7)
    assert (said.first_event, said.problems, said.oddities) == (0.0, [], [])
    call = read(stream_events("m", CALL, "tool_use")).tool_calls[0]
    assert (call.id, call.name, call.arguments) == ("toolu_1", "Read", CALL["input"])


def test_blocks_go_back_as_they_came_with_unknown_fields() -> None:
    signed = {**CALL, "provider_specific_fields": {"thought_signature": "x"}}
    assert read(stream_events("m", signed, "tool_use")).content == [signed]


def test_a_thinking_block_keeps_its_signature() -> None:
    events = stream_events("m", TEXT, "end_turn")
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}
    parts = [{"type": "thinking_delta", "thinking": "hm"}, {"type": "signature_delta", "signature": "sig"}]
    deltas = [("content_block_delta", {"type": "content_block_delta", "index": 0, "delta": part}) for part in parts]
    said = read([events[0], ("content_block_start", block), *deltas, *events[-3:]])
    assert said.content == [{"type": "thinking", "thinking": "hm", "signature": "sig"}]
    assert said.problems == []


def test_a_number_of_the_start_is_not_hidden_by_a_zero_at_the_end() -> None:
    events = stream_events("m", TEXT, "end_turn")
    events[-2][1]["usage"] = {"input_tokens": 0, "output_tokens": 3}
    assert read(events).input_tokens == 21


def drop(index: int) -> Any:
    return lambda events: [event for number, event in enumerate(events) if number != index]


def renamed(events: list[Event]) -> list[Event]:
    return [("content_block_start", {**events[0][1]}), *events[1:]]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (drop(0), "before message_start"),
        (drop(1), "not open"),
        (lambda e: [e[0], *e], "twice"),
        (lambda e: [*e, e[3]], "after message_stop"),
        (lambda e: [*e[:-2], e[-1]], "without a message_delta"),
        (lambda e: [*e[:4], ("content_block_delta", "{broken"), *e[4:]], "not valid JSON"),
        (lambda e: [*e[:4], ("content_block_delta", "[1]"), *e[4:]], "no JSON object"),
        (lambda e: [("message", d) for _, d in e], "no event: line"),
        (renamed, "carries data of type"),
        (lambda e: [("message", {"object": "chat.completion.chunk"})], "OpenAI"),
        (lambda e: [e[0], (e[1][0], {**e[1][1], "index": 1}), *e[2:]], "has index 1"),
    ],
)
def test_what_the_client_cannot_use_is_a_problem(change: Any, word: str) -> None:
    said = read(change(stream_events("m", TEXT, "end_turn")))
    assert any(word in problem for problem in said.problems), said.problems


def test_what_the_client_copes_with_is_an_oddity() -> None:
    events = stream_events("m", TEXT, "end_turn")
    said = read([*events[:-3], events[-2], events[-3], events[-1]])
    assert said.problems == []
    assert said.oddities


@pytest.mark.parametrize("extra", [("ping", {"type": "ping"}), ("vendor", {"type": "vendor"}), ("message", "[DONE]")])
def test_pings_unknown_events_and_done_are_no_problem(extra: Event) -> None:
    events = stream_events("m", TEXT, "end_turn")
    assert read([events[0], extra, *events[1:], extra]).problems == []


def test_an_error_event_is_kept() -> None:
    said = read([("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})])
    assert said.error == {"type": "overloaded_error", "message": "Overloaded"}


def test_problems_are_few_however_long_the_stream_is() -> None:
    said = read([("content_block_delta", f"{{broken {n}") for n in range(1_000)])
    assert len(said.problems) <= 3


def test_deep_json_is_a_problem_and_no_crash() -> None:
    assert read([("message_start", "[" * 100_000)]).problems
