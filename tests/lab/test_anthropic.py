from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running

VERSION = {"anthropic-version": "2023-06-01"}
KEY = {**VERSION, "x-api-key": "k"}
READ = {"name": "Read", "description": "reads", "input_schema": {"type": "object"}}
SEARCH = {"name": "ToolSearch", "input_schema": {"type": "object"}}
ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[AnthropicEmulator, str]]:
    emulator = AnthropicEmulator(models=["claude-opus-5-5", "claude-haiku-5-5"])
    with running(emulator) as url:
        yield emulator, url


@pytest.fixture
def url(served: tuple[AnthropicEmulator, str]) -> str:
    return served[1]


def body(*messages: Any, **more: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages or ["hi"]]
    return {"model": "claude-opus-5-5", "max_tokens": 100, "messages": turns, **more}


def post(url: str, request: Any, path: str = "/v1/messages", headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(f"{url}{path}", json=request, headers=headers or KEY, verify=False)


def test_a_stream_has_the_events_of_the_service_in_order_and_the_content_of_the_plain_answer(url: str) -> None:
    request = body("Answer with exactly: one two three four five six seven")
    plain = post(url, request).json()
    lines = post(url, {**request, "stream": True}).text.splitlines()
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    kinds = [event["type"] for event in events]
    assert [line for line in lines if line.startswith("event: ")] == [f"event: {kind}" for kind in kinds]
    deltas = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    assert [kind for kind in kinds if kind != "content_block_delta"] == [
        *("message_start", "content_block_start", "ping"),
        *("content_block_stop", "message_delta", "message_stop"),
    ]
    assert len(deltas) > 1
    assert plain["content"] == [{"type": "text", "text": "".join(deltas)}]
    assert events[-2]["usage"] == plain["usage"]
    assert events[0]["message"]["usage"]["input_tokens"] == plain["usage"]["input_tokens"]


def test_a_streamed_tool_call_joins_to_the_input_of_the_instruction(url: str) -> None:
    answer = post(url, body(ORDER, tools=[READ], stream=True))
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    start = next(event for event in events if event["type"] == "content_block_start")["content_block"]
    parts = [event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta"]
    assert (start["type"], start["name"], start["input"]) == ("tool_use", "Read", {})
    assert json.loads("".join(parts)) == {"path": "/a"}
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_a_tool_round_trip_ends_with_the_result(url: str) -> None:
    asked = post(url, body(ORDER, tools=[READ])).json()
    [use] = asked["content"]
    back = {"type": "tool_result", "tool_use_id": use["id"], "content": [{"type": "text", "text": "the note"}]}
    turns = (ORDER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [back]})
    told = post(url, body(*turns, tools=[READ])).json()
    assert (told["content"][0]["text"], told["stop_reason"]) == ("The tool returned: the note", "end_turn")


def test_a_deferred_tool_is_found_by_search_and_then_called(url: str) -> None:
    deferred = [SEARCH, {**READ, "defer_loading": True}]
    [use] = post(url, body(ORDER, tools=deferred)).json()["content"]
    assert (use["name"], use["input"]) == ("ToolSearch", {"query": "select:Read", "max_results": 1})
    found = {
        "type": "tool_result",
        "tool_use_id": use["id"],
        "content": [{"type": "tool_reference", "tool_name": "Read"}],
    }
    turns = (ORDER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [found]})
    [call] = post(url, body(*turns, tools=deferred)).json()["content"]
    assert (call["name"], call["input"]) == ("Read", {"path": "/a"})


@pytest.mark.parametrize("credential", [{"x-api-key": "k"}, {"authorization": "Bearer k"}])
def test_either_kind_of_credential_is_taken(url: str, credential: dict[str, str]) -> None:
    assert post(url, body(), headers={**VERSION, **credential}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "x-api-key header is required"),
        ({"authorization": "Basic abc"}, "x-api-key header is required"),
        ({"x-api-key": "wrong"}, "invalid x-api-key"),
        ({"authorization": "Bearer wrong"}, "Invalid bearer token"),
    ],
)
def test_a_missing_or_wrong_credential_gets_anthropics_401(headers: dict[str, str], message: str) -> None:
    with running(AnthropicEmulator(credential="right")) as url:
        answer = post(url, body(), headers={**VERSION, **headers})
        assert post(url, body(), headers={**VERSION, "x-api-key": "right"}).status_code == 200
    assert answer.status_code == 401
    assert answer.json()["error"] == {"type": "authentication_error", "message": message}


USE = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        ([], "The request body is not valid JSON"),
        ({"messages": [], "max_tokens": 1}, "model: Field required"),
        ({"model": "m", "messages": []}, "max_tokens: Field required"),
        (body() | {"messages": []}, "messages: at least one message is required"),
        (body() | {"max_tokens": 0}, "max_tokens: must be greater than or equal to 1"),
        (body({"role": "tool", "content": "x"}), "messages.0.role: 'user' was expected"),
        (body(temperature=0.5, logprobs=True), "logprobs: Extra inputs are not permitted"),
        (body(system=[{"type": "text", "text": "x", "id": 1}]), "system.0.id: Extra inputs are not permitted"),
        (body(tools=[{"name": "Read"}]), "tools.0.input_schema: Field required"),
        (body(tools=[{**READ, "strict_mode": 1}]), "tools.0.strict_mode: Extra inputs are not permitted"),
        (body({"role": "user", "content": [{"type": "text"}]}), "messages.0.content.0.text: Field required"),
        (
            body({"role": "user", "content": [{"type": "text", "text": "x", "cache": 1}]}),
            "messages.0.content.0.cache: Extra inputs are not permitted",
        ),
        (
            body({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t9", "content": "x"}]}),
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t9.",
        ),
        (
            body("a", {"role": "assistant", "content": [USE]}, "b"),
            "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: t1.",
        ),
    ],
)
def test_a_request_that_the_service_refuses_is_refused(url: str, request_body: Any, message: str) -> None:
    answer = post(url, request_body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert answer.json()["error"]["message"].startswith(message)


def test_the_version_header_is_required(url: str) -> None:
    answer = post(url, body(), headers={"x-api-key": "k"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "anthropic-version: header is required")


def test_a_system_message_in_the_middle_gives_no_instruction(url: str) -> None:
    request = body("Answer with exactly: PONG", {"role": "system", "content": "Answer with exactly: NO"})
    assert post(url, request).json()["content"][0]["text"] == "PONG"


def test_a_beta_field_needs_a_beta_header(url: str) -> None:
    request = body("Answer with exactly: PONG", context_management={"edits": []})
    refused = post(url, request)
    assert refused.json()["error"]["message"] == "context_management: Extra inputs are not permitted"
    assert post(url, request, headers={**KEY, "anthropic-beta": "context-management-2025-06-27"}).status_code == 200


def test_counted_tokens_are_those_of_the_usage(url: str) -> None:
    request = body("hello", system="be kind", tools=[READ])
    uncounted = {name: value for name, value in request.items() if name != "max_tokens"}
    counted = post(url, uncounted, "/v1/messages/count_tokens").json()
    assert counted == {"input_tokens": post(url, request).json()["usage"]["input_tokens"]}


def test_an_answer_longer_than_the_limit_is_cut(url: str) -> None:
    answer = post(url, body("Answer with exactly: 123456789") | {"max_tokens": 2}).json()
    assert (answer["content"][0]["text"], answer["stop_reason"]) == ("12345678", "max_tokens")


def test_models_are_listed_and_the_client_is_greeted(url: str) -> None:
    listed = httpx.get(f"{url}/v1/models", headers=KEY).json()
    assert [model["id"] for model in listed["data"]] == ["claude-opus-5-5", "claude-haiku-5-5"]
    assert (listed["first_id"], listed["last_id"]) == ("claude-opus-5-5", "claude-haiku-5-5")
    assert [httpx.head(f"{url}{path}").status_code for path in ("/", "/api/hello")] == [200, 200]
    assert httpx.get(f"{url}/v1/nothing", headers=KEY).json()["error"]["type"] == "not_found_error"


def test_faults_and_recording_work_as_in_every_emulator(served: tuple[AnthropicEmulator, str]) -> None:
    emulator, url = served
    emulator.forget()
    emulator.fault("claude-opus-5-5", 529, headers={"x-should-retry": "false"})
    answer = post(url, body(), "/v1/messages?beta=true")
    assert (answer.status_code, answer.json()["error"]["type"]) == (529, "overloaded_error")
    [seen] = emulator.requests
    assert (seen.path, seen.query, seen.model, seen.body) == ("/v1/messages", "beta=true", "claude-opus-5-5", body())
    assert seen.headers["x-api-key"] == "k"
