from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, message_factory

from mcp_server.lab import vertex_messages
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.lab.vertex_models import EmulatedModel

from .conftest import PROJECT, Vertex, events, logged_in

READ = {"name": "Read", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}
ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def body(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"contents": list(contents) or [user("hi")], **more}


def tool(**parameters: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "object", **parameters}}]}]}


def refusal(answer: Any) -> str:
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    return str(answer.json()["error"]["message"])


UNKNOWN = 'Invalid JSON payload received. Unknown name "{}"{}: Cannot find field.'
AT = "tools[0].function_declarations[0].parameters"


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        (body(metadata={"user_id": "x"}), UNKNOWN.format("metadata", "")),
        (body(generationConfig={"max_tokens": 5}), UNKNOWN.format("max_tokens", " at 'generation_config'")),
        (body({"role": "user", "content": "hi"}), UNKNOWN.format("content", " at 'contents[0]'")),
        (body(**tool(**{"$schema": "x"})), UNKNOWN.format("$schema", f" at '{AT}'")),
        (
            body(**tool(properties={"a": {"type": "integer", "exclusiveMinimum": 0}})),
            UNKNOWN.format("exclusiveMinimum", f" at '{AT}.properties[0].value'"),
        ),
        (
            body(**tool(properties={"a": {"type": ["string", "null"]}})),
            f"Invalid JSON payload received. Unknown name \"type\" at '{AT}.properties[0].value': "
            "Proto field is not repeating, cannot start list.",
        ),
        (
            body(**tool(properties={"a": "object"})),
            f"Invalid value at '{AT}.properties[0].value' (type.googleapis.com/google.cloud.aiplatform.v1.Schema), "
            '"object"',
        ),
        (
            body(**tool(type="thing")),
            f"Invalid value at '{AT}.type' (type.googleapis.com/google.cloud.aiplatform.v1.Type), \"thing\"",
        ),
        (
            body(**tool(type=True)),
            f"Invalid value at '{AT}.type' (type.googleapis.com/google.cloud.aiplatform.v1.Type), true",
        ),
        (
            body(generationConfig={"maxOutputTokens": "many"}),
            "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), \"many\"",
        ),
        (
            body(generationConfig={"temperature": True}),
            "Invalid value at 'generation_config.temperature' (TYPE_FLOAT), true",
        ),
        (body(user({"text": 5})), "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5"),
        (
            body(user({"inlineData": {"mimeType": "image/png", "data": "%%"}})),
            "Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), \"%%\"",
        ),
        (
            body(user({"text": "a", "functionCall": {"name": "f"}})),
            "Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. "
            "Cannot set 'functionCall'",
        ),
        (body(labels=["a"]), "Invalid value at 'labels' (Map), ['a']"),
    ],
)
def test_a_body_that_does_not_fit_the_published_types_is_refused(
    vertex: Vertex, request_body: dict[str, Any], message: str
) -> None:
    assert refusal(vertex.gemini(request_body)) == message


def test_all_unknown_names_are_told_at_once_with_their_fields(vertex: Vertex) -> None:
    answer = vertex.gemini(body(one=1, generationConfig={"two": 2}))
    assert refusal(answer).splitlines() == [
        UNKNOWN.format("one", ""),
        UNKNOWN.format("two", " at 'generation_config'"),
    ]
    [detail] = answer.json()["error"]["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert [violation["field"] for violation in detail["fieldViolations"]] == ["", "generation_config"]


@pytest.mark.parametrize(
    "request_body",
    [
        {"contents": {"role": "user", "parts": {"text": "hi"}}},
        body(system_instruction={"parts": [{"text": "x"}]}, generation_config={"max_output_tokens": 5, "topP": None}),
        body(
            **tool(properties={"a": {"type": "STRING", "minLength": "3", "default": None}}, additionalProperties=False)
        ),
        body(labels={"team-1": "a_b"}, generationConfig={"thinkingConfig": {"thinkingBudget": 0}}),
    ],
    ids=["one for a list", "snake case and null", "schema keywords of the type", "labels"],
)
def test_what_googles_front_end_takes_is_taken(vertex: Vertex, request_body: dict[str, Any]) -> None:
    answer = vertex.gemini(request_body)
    assert answer.status_code == 200, answer.text


SIX_FOUR = "x" * 64


@pytest.mark.parametrize(
    ("request_body", "part"),
    [
        ({"contents": []}, "at least one contents field is required"),
        (body({"role": "user", "parts": []}), "at least one parts field"),
        (body(user({"thought": True})), "contents[0].parts[0] must have one initialized field"),
        (body({"role": "system", "parts": [{"text": "x"}]}), "Please use a valid role: user, model."),
        (
            body(generationConfig={"maxOutputTokens": 128000}),
            "a maxOutputTokens value of 128000 but the supported range is from 1 (inclusive) to 65536 (exclusive). "
            "Update the value and try again.",
        ),
        (body(generationConfig={"maxOutputTokens": 0}), "maxOutputTokens value of 0"),
        (body(labels={"user_id": '{"device_id": "x"}'}), "Invalid label: 'user_id'"),
        (body(labels={"a": SIX_FOUR}), "no longer than 63 characters"),
        (body(labels={"1a": "b"}), "Invalid label: '1a'"),
        (body(tools=[{"functionDeclarations": [{"name": "a b"}]}]), "Invalid function name: 'a b'"),
        (body(tools=[{"functionDeclarations": [{"name": "a" * 65}]}]), "maximum length of 64"),
        (
            body(tools=[{"functionDeclarations": [{"name": "f"}, {"name": "f"}]}]),
            "Duplicate function declaration found: f",
        ),
        (
            body(user("x"), {"role": "model", "parts": [{"functionCall": {"name": "f"}}]}, user("y")),
            "the number of function response parts is equal to the number of function call parts",
        ),
        (
            body(user({"functionResponse": {"name": "f", "response": {}}})),
            "the number of function response parts is equal to the number of function call parts",
        ),
    ],
)
def test_what_the_types_allow_and_the_service_refuses_is_refused(
    vertex: Vertex, request_body: dict[str, Any], part: str
) -> None:
    assert part in refusal(vertex.gemini(request_body))


def test_a_prompt_longer_than_the_context_is_refused(tmp_path: Path) -> None:
    small = EmulatedModel("google", "gemini-small", "gemini", ("us-central1",), max_output=100, context=50)
    emulator = VertexEmulator(PROJECT, models=[small])
    with running(emulator) as url:
        answer = logged_in(emulator, url, tmp_path).gemini(body(user("x" * 400)), model="gemini-small")
    assert refusal(answer).endswith("exceeds the maximum number of tokens allowed (50).")


def call_turn(answer: Any) -> list[dict[str, Any]]:
    parts = answer.json()["candidates"][0]["content"]["parts"]
    [call] = [part["functionCall"] for part in parts if "functionCall" in part]
    response = {
        "name": call["name"],
        "response": {"content": "the note"},
        **({"id": call["id"]} if "id" in call else {}),
    }
    return [{"role": "model", "parts": parts}, user({"functionResponse": response})]


@pytest.mark.parametrize(("model", "location"), [("gemini-2.5-pro", "us-central1"), ("gemini-3.5-flash", "global")])
def test_a_tool_round_trip_ends_with_the_result(vertex: Vertex, model: str, location: str) -> None:
    request = body(user(ORDER), tools=[{"functionDeclarations": [READ]}])
    asked = vertex.gemini(request, model=model, location=location)
    part = asked.json()["candidates"][0]["content"]["parts"][-1]
    assert (part["functionCall"]["name"], part["functionCall"]["args"]) == ("Read", {"path": "/a"})
    request["contents"] += call_turn(asked)
    told = vertex.gemini(request, model=model, location=location)
    assert told.json()["candidates"][0]["content"]["parts"] == [{"text": "The tool returned: the note"}]


def test_a_thought_in_the_history_is_not_an_answer(vertex: Vertex) -> None:
    thought = {"role": "model", "parts": [{"text": "I think.", "thought": True}]}
    request = body(user("Answer with exactly: PONG"), thought, user("<system-reminder>be brief</system-reminder>"))
    assert vertex.gemini(request).json()["candidates"][0]["content"]["parts"] == [{"text": "PONG"}]


def test_gemini_3_wants_the_signature_of_its_calls_back(vertex: Vertex) -> None:
    request = body(user(ORDER), tools=[{"functionDeclarations": [READ]}])
    model, result = call_turn(vertex.gemini(request, model="gemini-3.5-flash", location="global"))
    del model["parts"][0]["thoughtSignature"]
    request["contents"] += [model, result]
    assert refusal(vertex.gemini(request, model="gemini-3.5-flash", location="global")) == (
        "Unable to submit request because function call `default_api:Read` in the 2. content block is missing a "
        "`thought_signature`. Learn more: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"
    )
    assert vertex.gemini(request, model="gemini-2.5-pro").status_code == 200


def test_calls_of_an_earlier_turn_need_no_signature(vertex: Vertex) -> None:
    old = {"role": "model", "parts": [{"functionCall": {"name": "Read", "args": {}}}]}
    back = user({"functionResponse": {"name": "Read", "response": {"content": "x"}}})
    request = body(user("a"), old, back, {"role": "model", "parts": [{"text": "done"}]}, user("b"))
    assert vertex.gemini(request, model="gemini-3.5-flash", location="global").status_code == 200


def test_calling_can_be_switched_off_by_the_request(vertex: Vertex) -> None:
    off = {"functionCallingConfig": {"mode": "NONE"}}
    answer = vertex.gemini(body(user(ORDER), tools=[{"functionDeclarations": [READ]}], toolConfig=off))
    assert "not offered" in answer.json()["candidates"][0]["content"]["parts"][0]["text"]


def test_thoughts_are_shown_when_asked_for_and_counted(vertex: Vertex) -> None:
    config = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 1024}}
    request = body(user("Answer with exactly: a b c d e f g h"), generationConfig=config)
    whole = vertex.gemini(request).json()
    chunks = events(vertex.gemini(request, verb="streamGenerateContent?alt=sse"))
    thought, answer = whole["candidates"][0]["content"]["parts"]
    assert (thought["thought"], answer) == (True, {"text": "a b c d e f g h"})
    usage = whole["usageMetadata"]
    assert usage["thoughtsTokenCount"] > 0
    assert usage["totalTokenCount"] == sum(
        usage[name] for name in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    )
    parts = [chunk["candidates"][0]["content"]["parts"][0] for chunk in chunks]
    assert len(parts) > 3
    assert "".join(part["text"] for part in parts if not part.get("thought")) == "a b c d e f g h"
    assert chunks[-1]["usageMetadata"] == usage


def test_an_answer_longer_than_the_limit_is_cut(vertex: Vertex) -> None:
    request = body(user("Answer with exactly: 123456789"), generationConfig={"maxOutputTokens": 2})
    [candidate] = vertex.gemini(request).json()["candidates"]
    assert (candidate["content"]["parts"], candidate["finishReason"]) == ([{"text": "12345678"}], "MAX_TOKENS")


def test_without_alt_sse_the_stream_is_a_json_array(vertex: Vertex) -> None:
    answer = vertex.gemini(body(user("Answer with exactly: PONG")), verb="streamGenerateContent")
    assert [chunk["candidates"][0]["content"]["parts"] for chunk in answer.json()] == [[{"text": "PONG"}]]


def test_counted_tokens_are_those_of_the_usage(vertex: Vertex) -> None:
    request = body(user("hello there"), systemInstruction={"parts": [{"text": "be kind"}]})
    counted = vertex.gemini(request, verb="countTokens").json()["totalTokens"]
    assert counted == vertex.gemini(request).json()["usageMetadata"]["promptTokenCount"] > 0


def test_counting_is_as_strict_with_unknown_names(vertex: Vertex) -> None:
    answer = vertex.gemini(body(labels={"a": "b"}), verb="countTokens")
    assert refusal(answer) == UNKNOWN.format("labels", "")


@pytest.fixture(params=["ignored", "refused"])
def without_tools(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vertex]:
    emulator = VertexEmulator(PROJECT, tools={"gemini-2.5-pro": request.param})
    with running(emulator) as url:
        yield logged_in(emulator, url, tmp_path)


def test_a_model_without_tools_ignores_or_refuses_them_as_switched(
    without_tools: Vertex, request: pytest.FixtureRequest
) -> None:
    answer = without_tools.gemini(body(user(ORDER), tools=[{"functionDeclarations": [READ]}]))
    if "refused" in request.node.name:
        assert "function calling is not supported" in refusal(answer)
    else:
        assert [*answer.json()["candidates"][0]["content"]["parts"][0]] == ["text"]


@pytest.mark.parametrize("model", ["gemini-2.5-pro", "gemini-3.5-flash"])
def test_the_emulators_own_answers_fit_the_published_types(vertex: Vertex, model: str) -> None:
    request = body(
        user(ORDER),
        tools=[{"functionDeclarations": [READ]}],
        generationConfig={"thinkingConfig": {"includeThoughts": True}},
    )
    for chunk in [
        vertex.gemini(request, model=model, location="global").json(),
        *events(vertex.gemini(request, model=model, verb="streamGenerateContent?alt=sse", location="global")),
    ]:
        name = "google.cloud.aiplatform.v1.GenerateContentResponse"
        kind = message_factory.GetMessageClass(vertex_messages._pool().FindMessageTypeByName(name))
        json_format.ParseDict(chunk, kind())


def test_a_body_that_is_no_object_is_refused(vertex: Vertex) -> None:
    assert "Expected an object" in refusal(vertex.gemini([1]))
    assert json.loads(vertex.gemini("text").text)["error"]["code"] == 400


def test_two_functions_are_called_in_one_turn_and_both_results_are_told(vertex: Vertex) -> None:
    text = 'Call these tools at once: [{"name": "A", "input": {"n": 1}}, {"name": "B", "input": {"n": 2}}]'
    tools = [{"functionDeclarations": [{"name": name} for name in "AB"]}]
    asked = {"contents": [{"role": "user", "parts": [{"text": text}]}], "tools": tools}
    content = vertex.gemini(asked, "gemini-3.5-flash").json()["candidates"][0]["content"]
    calls = [part["functionCall"] for part in content["parts"]]
    assert [(call["name"], call["args"]) for call in calls] == [("A", {"n": 1}), ("B", {"n": 2})]
    results = [{"functionResponse": {"name": name, "response": {"content": f"result {name}"}}} for name in "AB"]
    turns = [*asked["contents"], content, {"role": "user", "parts": results}]
    told = vertex.gemini({"contents": turns, "tools": tools}, "gemini-3.5-flash").json()
    assert told["candidates"][0]["content"]["parts"][0]["text"] == "The tools returned: result A\nresult B"
