from __future__ import annotations

import json
import re
from typing import Any

import pytest

from .conftest import Vertex, events

READ = {"type": "function", "function": {"name": "Read", "parameters": {"type": "object"}}}
ORDER = {"role": "user", "content": 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'}
USER = {"role": "user", "content": "hi"}


def calling(identifier: str = "abcDEF123") -> dict[str, Any]:
    call = {"id": identifier, "type": "function", "function": {"name": "Read", "arguments": "{}"}}
    return {"role": "assistant", "tool_calls": [call]}


def result(identifier: str = "abcDEF123") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "content": "the note"}


def body(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"model": "codestral-2", "messages": list(messages) or [USER], **more}


def test_unknown_keys_are_refused_as_mistral_does(vertex: Vertex) -> None:
    answer = vertex.mistral(body(store=False, max_completion_tokens=5))
    assert answer.status_code == 422
    forbidden = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted"}
    assert sorted(answer.json()["detail"], key=lambda d: d["loc"]) == [
        {**forbidden, "loc": ["body", "max_completion_tokens"], "input": 5},
        {**forbidden, "loc": ["body", "store"], "input": False},
    ]


@pytest.mark.parametrize(
    ("request_body", "place"),
    [
        (body({**USER, "cache_control": {}}), ["body", "messages", 0, "cache_control"]),
        (body(stream_options={"include_usage": True}), ["body", "stream_options"]),
        (body(max_tokens="many"), ["body", "max_tokens"]),
        (body(max_tokens={}), ["body", "max_tokens"]),
        (body({"role": "robot", "content": "x"}), ["body", "messages", 0, "role"]),
        (body({"content": "x"}), ["body", "messages", 0, "role"]),
    ],
)
def test_the_place_of_the_misfit_is_told(vertex: Vertex, request_body: dict[str, Any], place: list[Any]) -> None:
    answer = vertex.mistral(request_body)
    assert answer.status_code == 422, answer.text
    assert [detail["loc"] for detail in answer.json()["detail"]] == [place]


@pytest.mark.parametrize(
    ("request_body", "code", "message"),
    [
        (
            body(USER, calling(), result(), USER),
            "3230",
            "Unexpected role 'user' after role 'tool'",
        ),
        (body(USER, result()), "3230", "Unexpected role 'tool' after role 'user'"),
        (body(USER, calling(), USER), "3230", "Not the same number of function calls and responses"),
        (body(USER, calling()), "3230", "Not the same number of function calls and responses"),
        (
            body(USER, {"role": "assistant", "content": "x"}),
            "3230",
            "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
        ),
        (
            body(USER, calling("toolu_01"), result("toolu_01")),
            "3280",
            "Tool call id was toolu_01 but must be a-z, A-Z, 0-9, with a length of 9.",
        ),
        (body(max_tokens=999_999), "3051", "max_tokens is 999999, but codestral-2 supports up to 128000."),
    ],
)
def test_what_mistral_refuses_in_a_conversation_is_refused(
    vertex: Vertex, request_body: dict[str, Any], code: str, message: str
) -> None:
    answer = vertex.mistral(request_body)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (400, code, message)


def test_a_tool_round_trip_ends_with_the_result(vertex: Vertex) -> None:
    asked = vertex.mistral(body(ORDER, tools=[READ])).json()["choices"][0]["message"]
    [call] = asked["tool_calls"]
    assert re.fullmatch("[A-Za-z0-9]{9}", call["id"])
    assert json.loads(call["function"]["arguments"]) == {"path": "/a"}
    told = vertex.mistral(body(ORDER, asked, result(call["id"]), tools=[READ])).json()
    assert told["choices"][0]["message"]["content"] == "The tool returned: the note"


def test_the_stream_ends_with_usage_beside_the_last_choice(vertex: Vertex) -> None:
    *chunks, done = events(vertex.mistral(body(ORDER, tools=[READ], stream=True), verb="streamRawPredict"))
    assert done == "[DONE]"
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1]["usage"] == vertex.mistral(body(ORDER, tools=[READ])).json()["usage"]


def test_an_assistant_message_marked_as_prefix_may_come_last(vertex: Vertex) -> None:
    assert vertex.mistral(body(USER, {"role": "assistant", "content": "x", "prefix": True})).status_code == 200
