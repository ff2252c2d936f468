"""What the Bedrock emulator refuses, with the service's name of the error, its status and its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running

OPUS = "us.anthropic.claude-opus-5-5"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
READ = {"name": "Read", "input_schema": {"type": "object"}}
SPEC = {"toolSpec": {"name": "Read", "inputSchema": {"json": {"type": "object"}}}}
USE = {"toolUse": {"toolUseId": "t1", "name": "Read", "input": {}}}


@dataclass
class Served:
    emulator: BedrockEmulator
    url: str

    def post(self, body: Any, model: str = OPUS, verb: str = "invoke") -> httpx.Response:
        headers = {"authorization": f"Bearer {self.emulator.api_key}"}
        return httpx.post(f"{self.url}/model/{model}/{verb}", json=body, headers=headers, verify=False)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    emulator = BedrockEmulator(
        no_access=["anthropic.claude-opus-4-8"],
        retired=["anthropic.claude-3-haiku-20240307-v1:0"],
        exhausted=["anthropic.claude-sonnet-5"],
        on_demand=["anthropic.claude-opus-4-7"],
        tools={"amazon.nova-pro-v1:0": "plain"},
        refused_betas=["tool-search-tool-2025-10-19"],
        refused_fields=["context_management"],
    )
    with running(emulator) as url:
        yield Served(emulator, url)


def native(**more: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": "hi"}]
    return {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": turns, **more}


def said(*contents: Any, **more: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    turns = [{"role": roles[n % 2], "content": content} for n, content in enumerate(contents or ([{"text": "hi"}],))]
    return {"messages": turns, **more}


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["x-amzn-errortype"].partition(":")[0], answer.json()["message"]


@pytest.mark.parametrize(
    ("model", "status", "name", "message"),
    [
        (
            "anthropic.claude-opus-5-5",
            400,
            "ValidationException",
            "Invocation of model ID anthropic.claude-opus-5-5 with on-demand throughput isn’t supported. Retry your "
            "request with the ID or ARN of an inference profile that contains this model.",
        ),
        ("eu.anthropic.claude-opus-5-5", 400, "ValidationException", "The provided model identifier is invalid."),
        ("us.anthropic.claude-opus-9", 400, "ValidationException", "The provided model identifier is invalid."),
        ("claude-opus-5-5", 400, "ValidationException", "The provided model identifier is invalid."),
        ("us.anthropic.claude opus", 400, "ValidationException", "1 validation error detected: Value 'us.anthropic.cl"),
        (
            "arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Fx",
            400,
            "ValidationException",
            "The pro",
        ),
        (
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fx",
            404,
            "ResourceNotFoundException",
            "Could not resolve the inference profile",
        ),
        ("us.anthropic.claude-opus-4-8", 403, "AccessDeniedException", "You don't have access to the model with the"),
        ("anthropic.claude-3-haiku-20240307-v1:0", 404, "ResourceNotFoundException", "This model version has reached"),
        ("us.anthropic.claude-sonnet-5", 429, "ThrottlingException", "Too many requests, please wait before trying"),
    ],
)
def test_a_model_that_cannot_be_called(served: Served, model: str, status: int, name: str, message: str) -> None:
    got = refused(served.post(native(), model))
    assert got[:2] == (status, name)
    assert got[2].startswith(message)


def test_a_prompt_longer_than_the_window_is_refused(served: Served) -> None:
    body = native(messages=[{"role": "user", "content": "x" * 900_000}])
    assert refused(served.post(body, HAIKU))[2] == "Input is too long for requested model."


def test_a_bare_id_is_served_where_on_demand_is_possible(served: Served) -> None:
    assert served.post(native(), "anthropic.claude-opus-4-7").status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "Malformed input request, please reformat your input and try again."),
        ({"max_tokens": 1, "messages": []}, "anthropic_version: Field required"),
        (native(anthropic_version="2023-06-01"), "anthropic_version: Input should be 'bedrock-2023-05-31'"),
        (native(model="x"), "model: Extra inputs are not permitted"),
        (native(stream=True), "stream: Extra inputs are not permitted"),
        (native(reasoning={}), "reasoning: Extra inputs are not permitted"),
        (native(anthropic_beta="x"), "anthropic_beta: Input should be a valid list"),
        (native(anthropic_beta=["files-api-2025-04-14"]), "invalid beta flag"),
        (native(anthropic_beta=["made-up-2026-01-01"]), "invalid beta flag"),
        (native(anthropic_beta=["tool-search-tool-2025-10-19"]), "invalid beta flag"),
        (native(context_management={"edits": []}), "context_management: Extra inputs are not permitted"),
        (
            native(tools=[READ, {"name": "B", "input_schema": {"type": "object"}, "defer_loading": True}]),
            "tools.1.custom.defer_loading: Extra inputs are not permitted",
        ),
        (native(service_tier="auto"), "service_tier: Extra inputs are not permitted"),
        (
            native(tools=[{"type": "web_search_20250305", "name": "web_search"}]),
            "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags",
        ),
        (native(max_tokens=128_001), "max_tokens: 128001 > 128000, which is the maximum allowed number of output"),
        (native(thinking={"type": "enabled", "budget_tokens": 1024}), '"thinking.type.enabled" is not supported'),
    ],
)
def test_a_body_that_invoke_refuses(served: Served, body: Any, message: str) -> None:
    status, name, text = refused(served.post(body))
    assert (status, name) == (400, "ValidationException")
    assert text.startswith(message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (said(extra=1), "1 validation error detected: Unknown member at 'extra'"),
        (
            said([{"text": "hi", "cacheControl": 1}]),
            "1 validation error detected: Unknown member at 'messages.1.member.",
        ),
        (said([{"text": "hi", "toolUse": USE["toolUse"]}]), "1 validation error detected: Value at 'messages.1.member"),
        (
            said(toolConfig={"tools": [{"toolSpec": {"inputSchema": {"json": {}}}}]}),
            "1 validation error detected: Value at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy "
            "constraint: Member must not be null",
        ),
        (
            said(toolConfig={"tools": [{"toolSpec": {**SPEC["toolSpec"], "name": "a b"}}]}),
            "1 validation error detected: Value at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy",
        ),
        ({"messages": []}, "A conversation must start with a user message."),
        ({"messages": [{"role": "assistant", "content": [{"text": "x"}]}]}, "A conversation must start with a user"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}] * 2}, "A conversation must alternate between"),
        (said([{"text": " "}]), "The text field in the ContentBlock object at messages.0.content.0 is blank."),
        (
            said([{"text": "a"}], [USE], [{"text": "b"}], toolConfig={"tools": [SPEC]}),
            "Expected toolResult blocks at messages.2.content for the following Ids: t1",
        ),
        (
            said([{"toolResult": {"toolUseId": "t1", "content": []}}], toolConfig={"tools": [SPEC]}),
            "The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous",
        ),
        (
            said([{"text": "a"}], [USE], [{"toolResult": {"toolUseId": "t1", "content": []}}]),
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ),
        (
            said(inferenceConfig={"maxTokens": 128_001}),
            "The maximum tokens you requested exceeds the model limit of 128000.",
        ),
        (
            said(additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            'The model returned the following errors: "thinking.type.enabled" is not supported for this model.',
        ),
        (
            said(additionalModelRequestFields={"anthropic_beta": ["files-api-2025-04-14"]}),
            "The model returned the following errors: invalid beta flag",
        ),
        (
            said(additionalModelRequestFields={"guardrails": 1}),
            "The model returned the following errors: guardrails: Extra inputs are not permitted",
        ),
    ],
)
def test_a_body_that_converse_refuses(served: Served, body: Any, message: str) -> None:
    status, name, text = refused(served.post(body, verb="converse"))
    assert (status, name) == (400, "ValidationException")
    assert text.startswith(message)


def test_a_value_of_the_wrong_type_cannot_be_read(served: Served) -> None:
    status, name, _ = refused(served.post({"messages": "hi"}, verb="converse"))
    assert (status, name) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("model", "verb", "message"),
    [
        ("us.deepseek.r1-v1:0", "converse", "This model doesn't support tool use."),
        ("amazon.nova-pro-v1:0", "converse-stream", "This model doesn't support tool use in streaming mode."),
    ],
)
def test_a_model_without_tools_refuses_them(served: Served, model: str, verb: str, message: str) -> None:
    body = said(toolConfig={"tools": [SPEC]})
    assert refused(served.post(body, model, verb)) == (400, "ValidationException", message)
    assert served.post(said(), model, verb).status_code == 200


def test_another_model_knows_nothing_of_claudes_fields(served: Served) -> None:
    body = said(additionalModelRequestFields={"thinking": {"type": "adaptive"}})
    assert "extraneous key [thinking] is not permitted" in served.post(body, "amazon.nova-pro-v1:0", "converse").text


def test_without_a_credential_nothing_is_told(served: Served) -> None:
    answer = httpx.get(f"{served.url}/inference-profiles", verify=False)
    assert refused(answer) == (403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_an_operation_that_does_not_exist(served: Served) -> None:
    answer = served.post(native(), verb="predict")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


def test_a_body_above_25_megabytes_is_refused(served: Served) -> None:
    body = native(messages=[{"role": "user", "content": "x" * 25_000_000}])
    assert "Member must have length less than or equal to 25000000" in refused(served.post(body))[2]


@pytest.mark.parametrize(
    ("region", "right", "wrong"),
    [("eu-west-1", "eu.", "us."), ("ap-northeast-1", "jp.", "au."), ("sa-east-1", "global.", "apac.")],
)
def test_each_region_has_the_profiles_of_its_geography(region: str, right: str, wrong: str) -> None:
    emulator = BedrockEmulator(region)
    names = emulator.region.profiles
    assert f"{right}anthropic.claude-opus-5-5" in names
    assert f"{wrong}anthropic.claude-opus-5-5" not in names


def test_a_switch_for_a_model_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="has no model 'claude-opus-5-5'"):
        BedrockEmulator(no_access=["claude-opus-5-5"])
