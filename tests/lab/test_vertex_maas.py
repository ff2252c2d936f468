from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.lab.vertex_maas import LENIENT

from .conftest import PROJECT, Vertex, events, logged_in

R1 = "deepseek-ai/deepseek-r1-0528-maas"
LLAMA = "meta/llama-3.1-405b-instruct-maas"
READ = {
    "type": "function",
    "function": {"name": "Read", "parameters": {"type": "object", "$schema": "kept as it is"}},
}
ORDER = {"role": "user", "content": 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'}
CALL = {"id": "c1", "type": "function", "function": {"name": "Read", "arguments": '{"path": "/a"}'}}


def body(*messages: Any, model: str = R1, **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": list(messages) or [{"role": "user", "content": "hi"}], **more}


def refusal(answer: Any) -> str:
    [wrapped] = answer.json()
    assert (answer.status_code, wrapped["error"]["status"]) == (400, "INVALID_ARGUMENT")
    return str(wrapped["error"]["message"])


@pytest.mark.parametrize(
    ("request_body", "part"),
    [
        (body(thinking={"type": "enabled"}), "thinking: unknown key"),
        (body(anthropic_version="x"), "anthropic_version: unknown key"),
        (body({"role": "user", "content": "hi", "cache_control": {}}), "messages[0].cache_control: unknown key"),
        (
            body({"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {}}]}),
            "messages[0].content[0].cache_control: unknown key",
        ),
        (
            body({"role": "user", "content": [{"type": "text", "text": 5}]}),
            "messages[0].content[0].text: 5 is not of type",
        ),
        (body({"role": "robot", "content": "hi"}), "messages[0]"),
        (body(stream=True, stream_options={"usage": True}), "stream_options.usage: unknown key"),
        (body(tools=[{"name": "Read", "input_schema": {}}]), "tools[0]"),
        (body(reasoning_effort="huge"), "reasoning_effort"),
        (body(max_tokens=True), "max_tokens"),
        (body(max_tokens=200_000), "max_tokens is 200000, but deepseek-ai/deepseek-r1-0528-maas supports from 1 to"),
        (body(max_completion_tokens=0), "max_tokens is 0"),
        (body(model=LLAMA, max_tokens=32_000), "supports from 1 to 2048"),
        (body(tools=[{"type": "function", "function": {"name": "a.b"}}]), "function name 'a.b'"),
        (body({"role": "tool", "tool_call_id": "c1", "content": "x"}), "response to a preceding message"),
        (
            body({"role": "assistant", "tool_calls": [CALL]}, {"role": "user", "content": "x"}),
            "must be followed by tool messages responding to each 'tool_call_id'; missing: c1",
        ),
    ],
)
def test_a_request_that_the_types_or_the_model_do_not_allow_is_refused(
    vertex: Vertex, request_body: dict[str, Any], part: str
) -> None:
    assert part in refusal(vertex.chat(request_body))


def test_messages_that_are_missing_are_named(vertex: Vertex) -> None:
    assert "messages: missing key" in refusal(vertex.chat({"model": R1}))


@pytest.mark.parametrize("field", ["thinking_blocks", "reasoning_content"])
def test_the_listed_leniencies_are_taken(vertex: Vertex, field: str) -> None:
    assert f"messages[].{field}" in LENIENT
    assistant = {"role": "assistant", "content": "a", field: [] if field == "thinking_blocks" else "x"}
    assert vertex.chat(body(assistant, {"role": "user", "content": "hi"})).status_code == 200


def test_a_tool_round_trip_ends_with_the_result(vertex: Vertex) -> None:
    asked = vertex.chat(body(ORDER, tools=[READ])).json()["choices"][0]
    [call] = asked["message"]["tool_calls"]
    assert asked["finish_reason"] == "tool_calls"
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("Read", {"path": "/a"})
    back = {"role": "tool", "tool_call_id": call["id"], "content": [{"type": "text", "text": "the note"}]}
    told = vertex.chat(body(ORDER, asked["message"], back, tools=[READ])).json()["choices"][0]
    assert (told["message"]["content"], told["finish_reason"]) == ("The tool returned: the note", "stop")


def test_a_streamed_call_arrives_in_parts_that_join_to_the_arguments(vertex: Vertex) -> None:
    *chunks, done = events(vertex.chat(body(ORDER, tools=[READ], stream=True)))
    deltas = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert deltas[0]["id"]
    assert deltas[0]["function"]["name"] == "Read"
    assert len(deltas) == 3
    assert json.loads("".join(delta["function"]["arguments"] for delta in deltas)) == {"path": "/a"}
    assert (chunks[-1]["choices"][0]["finish_reason"], done) == ("tool_calls", "[DONE]")


def test_usage_is_streamed_only_when_asked_for(vertex: Vertex) -> None:
    assert all("usage" not in chunk for chunk in events(vertex.chat(body(stream=True)))[:-1])
    asked = body(stream=True, stream_options={"include_usage": True})
    last = events(vertex.chat(asked))[-2]
    assert last["choices"] == []
    assert last["usage"] == vertex.chat(body()).json()["usage"]


def test_a_reasoning_model_shows_its_thought_and_another_does_not(vertex: Vertex) -> None:
    thinking = vertex.chat(body()).json()
    assert thinking["choices"][0]["message"]["reasoning_content"]
    assert thinking["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert "reasoning_content" not in vertex.chat(body(model=LLAMA)).json()["choices"][0]["message"]


def test_a_model_that_the_catalogue_gives_no_tools_never_calls_one(vertex: Vertex) -> None:
    message = vertex.chat(body(ORDER, model=LLAMA, tools=[READ])).json()["choices"][0]["message"]
    assert message == {"role": "assistant", "content": 'The tool "Read" is not offered in this request.'}


def test_a_model_can_be_switched_to_refuse_tools(tmp_path: Path) -> None:
    emulator = VertexEmulator(PROJECT, tools={LLAMA: "refused"})
    with running(emulator) as url:
        answer = logged_in(emulator, url, tmp_path).chat(body(ORDER, model=LLAMA, tools=[READ]))
    assert refusal(answer).endswith("does not support tools.")


def test_an_answer_longer_than_the_limit_is_cut(vertex: Vertex) -> None:
    asked = {"role": "user", "content": "Answer with exactly: 123456789"}
    choice = vertex.chat(body(asked, max_tokens=2)).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("12345678", "length")


def test_two_functions_are_called_in_one_turn_whole_and_streamed(vertex: Vertex) -> None:
    text = 'Call these tools at once: [{"name": "A", "input": {"n": 1}}, {"name": "B", "input": {"n": 2}}]'
    tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in "AB"]
    asked = body({"role": "user", "content": text}, tools=tools)
    calls = vertex.chat(asked).json()["choices"][0]["message"]["tool_calls"]
    wanted = [("A", '{"n": 1}'), ("B", '{"n": 2}')]
    assert [(call["function"]["name"], call["function"]["arguments"]) for call in calls] == wanted
    assert len({call["id"] for call in calls}) == 2
    joined: dict[int, list[str]] = {}
    for chunk in events(vertex.chat({**asked, "stream": True}))[:-1]:
        for part in chunk["choices"][0]["delta"].get("tool_calls", []):
            name, arguments = part["function"].get("name", ""), part["function"]["arguments"]
            joined.setdefault(part["index"], ["", ""])
            joined[part["index"]] = [joined[part["index"]][0] + name, joined[part["index"]][1] + arguments]
    assert [tuple(pair) for pair in joined.values()] == wanted
