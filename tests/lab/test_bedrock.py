"""The Bedrock emulator as botocore's own client sees it: it signs, it parses every answer by the service model."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running

OPUS = "us.anthropic.claude-opus-5-5"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a", "n": [1, "ü"]}'
READ = {"name": "Read", "description": "reads", "input_schema": {"type": "object"}}
SPEC = {"toolSpec": {"name": "Read", "description": "reads", "inputSchema": {"json": {"type": "object"}}}}


def client(emulator: BedrockEmulator, url: str, service: str = "bedrock-runtime") -> Any:
    """botocore's client with the credentials of ``emulator``."""
    variables = emulator.environment
    return botocore.session.Session().create_client(
        service,
        region_name=variables["AWS_REGION"],
        endpoint_url=url,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables.get("AWS_SESSION_TOKEN"),
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[BedrockEmulator, str]]:
    emulator = BedrockEmulator(application_profiles={"team-a": "anthropic.claude-opus-5-5"})
    with running(emulator) as url:
        yield emulator, url


@pytest.fixture(scope="module")
def runtime(served: tuple[BedrockEmulator, str]) -> Any:
    return client(*served)


def native(text: str = "Answer with exactly: PONG", **more: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": text}]
    return {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, "messages": turns, **more}


def invoked(runtime: Any, body: Any, model: str = OPUS) -> dict[str, Any]:
    answer = runtime.invoke_model(modelId=model, body=json.dumps(body))
    content: dict[str, Any] = json.loads(answer["body"].read())
    return content


def streamed(runtime: Any, body: Any, model: str = OPUS) -> list[dict[str, Any]]:
    answer = runtime.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    return [json.loads(part["chunk"]["bytes"]) for part in answer["body"]]


def said(text: str = "Answer with exactly: PONG", **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **more}


def test_invoke_answers_whole_and_streamed_with_the_same_text(runtime: Any) -> None:
    body = native("Answer with exactly: one two three four five six seven")
    whole = invoked(runtime, body)
    events = streamed(runtime, body)
    deltas = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    assert whole["content"] == [{"type": "text", "text": "".join(deltas)}]
    assert whole["model"] == "claude-opus-5-5"
    assert len(deltas) > 1
    counts = events[-1]["amazon-bedrock-invocationMetrics"]
    assert counts["outputTokenCount"] == whole["usage"]["output_tokens"]


def test_a_tool_round_trip_with_thinking_through_invoke(runtime: Any) -> None:
    request = native(ORDER, tools=[READ], thinking={"type": "adaptive"})
    thought, use = invoked(runtime, request)["content"]
    assert (thought["type"], use["name"], use["input"]) == ("thinking", "Read", {"path": "/a", "n": [1, "ü"]})
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": "the note"}
    back = [{"role": "assistant", "content": [thought, use]}, {"role": "user", "content": [result]}]
    told = invoked(runtime, {**request, "messages": request["messages"] + back})
    assert told["content"][-1]["text"] == "The tool returned: the note"
    back[0]["content"][0] = {**thought, "thinking": "something else"}  # type: ignore[index]
    with pytest.raises(ClientError, match="cannot be modified"):
        invoked(runtime, {**request, "messages": request["messages"] + back})


def test_converse_answers_whole_and_streamed(runtime: Any) -> None:
    whole = runtime.converse(modelId=OPUS, **said())
    assert whole["output"]["message"]["content"] == [{"text": "PONG"}]
    assert (whole["stopReason"], whole["usage"]["totalTokens"] > 0) == ("end_turn", True)
    events = list(runtime.converse_stream(modelId=OPUS, **said())["stream"])
    kinds = [next(iter(event)) for event in events]
    assert kinds == ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
    assert events[-1]["metadata"]["usage"] == whole["usage"]


def test_a_tool_round_trip_with_thinking_through_converse(runtime: Any) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    request = said(ORDER, toolConfig={"tools": [SPEC]}, additionalModelRequestFields=thinking)
    message = runtime.converse(modelId=HAIKU, **request)["output"]["message"]
    thought, use = message["content"]
    assert thought["reasoningContent"]["reasoningText"]["signature"]
    assert use["toolUse"]["input"] == {"path": "/a", "n": [1, "ü"]}
    result = {"toolUseId": use["toolUse"]["toolUseId"], "content": [{"text": "the note"}], "status": "success"}
    request["messages"] += [message, {"role": "user", "content": [{"toolResult": result}]}]
    told = runtime.converse(modelId=HAIKU, **request)["output"]["message"]["content"]
    assert told[-1] == {"text": "The tool returned: the note"}


def test_a_streamed_call_through_converse_joins_to_its_input(runtime: Any) -> None:
    request = said(ORDER, toolConfig={"tools": [SPEC]})
    events = list(runtime.converse_stream(modelId=OPUS, **request)["stream"])
    start = next(event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event)
    parts = [
        event["contentBlockDelta"]["delta"]["toolUse"]["input"] for event in events if "contentBlockDelta" in event
    ]
    assert start["toolUse"]["name"] == "Read"
    assert json.loads("".join(parts)) == {"path": "/a", "n": [1, "ü"]}


def test_a_cache_point_is_written_once_and_then_read(runtime: Any) -> None:
    system = [{"text": "word " * 1500}, {"cachePoint": {"type": "default"}}]
    first, second = (runtime.converse(modelId=OPUS, system=system, **said())["usage"] for _ in range(2))
    assert first["cacheWriteInputTokens"] == second["cacheReadInputTokens"] > 1000
    assert (first["cacheReadInputTokens"], second["cacheWriteInputTokens"]) == (0, 0)


def test_tokens_are_counted_for_both_dialects(runtime: Any) -> None:
    inner = {"anthropic_version": "bedrock-2023-05-31", "messages": native()["messages"]}
    counted = runtime.count_tokens(modelId=OPUS, input={"invokeModel": {"body": json.dumps(inner).encode()}})
    assert counted["inputTokens"] == invoked(runtime, native())["usage"]["input_tokens"]
    conversed = runtime.count_tokens(modelId="anthropic.claude-opus-5-5", input={"converse": said()})
    assert conversed["inputTokens"] == runtime.converse(modelId=OPUS, **said())["usage"]["inputTokens"]


def test_profiles_are_listed_described_and_callable_by_arn(served: tuple[BedrockEmulator, str], runtime: Any) -> None:
    control = client(*served, service="bedrock")
    listed = control.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    one = next(profile for profile in listed if profile["inferenceProfileId"] == OPUS)
    assert (
        control.get_inference_profile(inferenceProfileIdentifier=OPUS)["inferenceProfileArn"]
        == (one["inferenceProfileArn"])
    )
    assert invoked(runtime, native(), one["inferenceProfileArn"])["content"][0]["text"] == "PONG"
    own = served[0].region.arn("application-inference-profile", "team-a")
    described = control.get_inference_profile(inferenceProfileIdentifier=own)
    assert described["models"][0]["modelArn"].endswith("anthropic.claude-opus-5-5")
    assert runtime.converse(modelId=own, **said())["output"]["message"]["content"] == [{"text": "PONG"}]


def test_an_api_key_is_as_good_as_a_signature(served: tuple[BedrockEmulator, str]) -> None:
    emulator, url = served
    path = f"{url}/model/{OPUS}/invoke"

    def post(key: str) -> httpx.Response:
        return httpx.post(path, json=native(), headers={"authorization": f"Bearer {key}"}, verify=False)

    assert post(emulator.api_key).json()["content"][0]["text"] == "PONG"
    refused = post("wrong")
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Authentication failed: Please make sure your API Key is valid.",
    )
    assert refused.headers["x-amzn-errortype"].startswith("AccessDeniedException")


def test_a_stream_is_interrupted_by_an_exception(served: tuple[BedrockEmulator, str], runtime: Any) -> None:
    served[0].interrupt(OPUS, "throttlingException", after=2)
    answer = runtime.invoke_model_with_response_stream(modelId=OPUS, body=json.dumps(native()))
    seen: list[Any] = []
    with pytest.raises(EventStreamError, match="throttlingException.*Too many tokens"):
        seen.extend(iter(answer["body"]))
    assert [event["type"] for event in streamed(runtime, native())][-1] == "message_stop"
    with pytest.raises(ValueError, match="no exception 'surprise'"):
        served[0].interrupt(None, "surprise")


def test_a_played_fault_has_the_shape_of_the_service(served: tuple[BedrockEmulator, str], runtime: Any) -> None:
    served[0].fault(OPUS, 429)
    with pytest.raises(ClientError) as caught:
        invoked(runtime, native())
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_pieces_of_a_stream_carry_the_padding_of_the_service(served: tuple[BedrockEmulator, str]) -> None:
    emulator, url = served
    headers = {"authorization": f"Bearer {emulator.api_key}"}
    path = f"{url}/model/{OPUS}/invoke-with-response-stream"
    answer = httpx.post(path, json=native(), headers=headers, verify=False)
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert answer.headers["x-amzn-requestid"]
    length = int.from_bytes(answer.content[:4], "big")
    head = int.from_bytes(answer.content[4:8], "big")
    payload = json.loads(answer.content[12 + head : length - 4])
    assert payload.keys() == {"bytes", "p"}
    assert json.loads(base64.b64decode(payload["bytes"]))["type"] == "message_start"
