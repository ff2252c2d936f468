"""Claude on the Vertex emulator: Google's front door, Anthropic's refusals and answers behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator

from .conftest import PROJECT, Vertex, events, logged_in

ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'
READ = {"name": "Read", "input_schema": {"type": "object"}}


@pytest.fixture(scope="module")
def claude(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vertex]:
    emulator = VertexEmulator(
        PROJECT,
        retired=["claude-3-haiku"],
        not_enabled=["claude-opus-4-8"],
        exhausted=["claude-sonnet-5"],
        refused_fields=["messages[].output_config"],
    )
    with running(emulator) as url:
        yield logged_in(emulator, url, tmp_path_factory.mktemp("key"))


def native(*contents: Any, **more: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    turns = [{"role": roles[n % 2], "content": c} for n, c in enumerate(contents or ("Answer with exactly: PONG",))]
    return {"anthropic_version": "vertex-2023-10-16", "max_tokens": 1000, "messages": turns, **more}


def post(
    claude: Vertex,
    body: Any,
    model: str = "claude-opus-5-5",
    verb: str = "rawPredict",
    betas: str | None = None,
    **place: str,
) -> httpx.Response:
    headers = {"authorization": f"Bearer {claude.token}", **({"anthropic-beta": betas} if betas else {})}
    path = f"{claude.base(**{'location': 'global', **place})}/publishers/anthropic/models/{model}:{verb}"
    return httpx.post(f"{claude.url}{path}", json=body, headers=headers, verify=False)


@pytest.mark.parametrize(
    "model", ["claude-opus-5-5", "claude-haiku-4-5@20251001", "claude-haiku-4-5", "claude-opus-4-6@default"]
)
def test_an_answer_and_its_stream_have_the_same_text(claude: Vertex, model: str) -> None:
    whole = post(claude, native(), model).json()
    assert whole["content"] == [{"type": "text", "text": "PONG"}]
    assert whole["id"].startswith("msg_vrtx_")
    stream = events(post(claude, native(stream=True), model, "streamRawPredict"))
    assert (stream[0]["type"], stream[-1]["type"]) == ("message_start", "message_stop")
    assert stream[-2]["usage"] == whole["usage"]


def test_a_dated_model_answers_under_the_id_of_anthropics_own_api(claude: Vertex) -> None:
    assert post(claude, native(), "claude-haiku-4-5@20251001").json()["model"] == "claude-haiku-4-5-20251001"


def test_a_tool_round_trip(claude: Vertex) -> None:
    [use] = post(claude, native(ORDER, tools=[READ])).json()["content"]
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": "the note"}
    told = post(claude, native(ORDER, [use], [result], tools=[READ])).json()
    assert told["content"][0]["text"] == "The tool returned: the note"


def test_tokens_are_counted_under_a_name_of_their_own(claude: Vertex) -> None:
    body = {"model": "claude-opus-5-5", **native()}
    del body["max_tokens"], body["anthropic_version"]
    counted = post(claude, body, "count-tokens").json()
    assert counted == {"input_tokens": post(claude, native()).json()["usage"]["input_tokens"]}
    unknown = post(claude, {**body, "model": "claude-opus-9"}, "count-tokens")
    assert (unknown.status_code, unknown.json()["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "betas", "message"),
    [
        ([], None, "The request body is not valid JSON"),
        ({"messages": []}, None, "anthropic_version: Field required"),
        (native(anthropic_version="2023-06-01"), None, "anthropic_version: Input should be 'vertex-2023-10-16'"),
        (native(model="claude-opus-5-5"), None, "model: Extra inputs are not permitted"),
        (native(diagnostic=1), None, "diagnostic: Extra inputs are not permitted"),
        (native(container="x"), None, "container: Extra inputs are not permitted"),
        (native(context_management={"edits": []}), None, "context_management: Extra inputs are not permitted"),
        (native(), "made-up-2026-01-01", "Unexpected value(s) `made-up-2026-01-01` for the `anthropic-beta` header."),
        (
            native(),
            "files-api-2025-04-14,x",
            "Unexpected value(s) `files-api-2025-04-14`, `x` for the `anthropic-beta`",
        ),
        (native(tools=[{"type": "web_fetch_20250910", "name": "web_fetch"}]), None, "tools.0: Input tag 'web_fetch_"),
    ],
)
def test_what_the_model_refuses_has_anthropics_shape(
    claude: Vertex, body: Any, betas: str | None, message: str
) -> None:
    answer = post(claude, body, betas=betas)
    content = answer.json()
    assert (answer.status_code, content["error"]["type"]) == (400, "invalid_request_error")
    assert content["error"]["message"].startswith(message)
    assert content["request_id"].startswith("req_vrtx_")


def test_a_deferred_tool_needs_its_beta_here(claude: Vertex) -> None:
    body = native(tools=[READ, {**READ, "name": "Other", "defer_loading": True}])
    answer = post(claude, body)
    assert answer.json()["error"]["message"] == "tools.1.custom.defer_loading: Extra inputs are not permitted"
    assert post(claude, body, betas="tool-search-tool-2025-10-19").status_code == 200


def test_a_field_behind_a_beta_is_taken_with_it_and_a_lagging_one_is_not(claude: Vertex) -> None:
    managed = native(context_management={"edits": []})
    assert post(claude, managed, betas="context-management-2025-06-27").status_code == 200
    turns = [*native()["messages"], {"role": "system", "content": "x", "output_config": {"effort": "low"}}]
    answer = post(claude, native() | {"messages": turns}, betas="per-turn-control-2026-07-01")
    assert answer.json()["error"]["message"] == "messages.1.output_config: Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("model", "place", "status", "name", "part"),
    [
        ("claude-opus-9", {}, 404, "NOT_FOUND", "was not found or your project does not have access to it"),
        ("claude-3-haiku", {}, 404, "NOT_FOUND", "claude-3-haiku` was not found"),
        ("claude-haiku-4-5@20240101", {}, 404, "NOT_FOUND", "claude-haiku-4-5@20240101` was not found"),
        ("claude-opus-5-5", {"location": "northpole-1"}, 404, "NOT_FOUND", "was not found"),
        ("claude-opus-5-5", {"location": "us-south1"}, 400, "FAILED_PRECONDITION", "not servable in region us-south1"),
        ("claude-opus-5-5", {"project": "other"}, 403, "PERMISSION_DENIED", "aiplatform.endpoints.predict"),
        ("claude-opus-4-8", {}, 400, "FAILED_PRECONDITION", "is not allowed to use Publisher Model"),
        ("claude-sonnet-5", {}, 429, "RESOURCE_EXHAUSTED", "with base model: anthropic-claude-sonnet-5."),
    ],
)
def test_what_googles_front_door_refuses_has_googles_shape(
    claude: Vertex, model: str, place: dict[str, str], status: int, name: str, part: str
) -> None:
    answer = post(claude, native(), model, **place)
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (status, name)
    assert part in error["message"]


def test_a_wrong_token_is_refused_before_the_body_is_read(claude: Vertex) -> None:
    path = f"{claude.base(location='global')}/publishers/anthropic/models/claude-opus-5-5:rawPredict"
    answer = claude.post(path, [], token="stale")
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_mistrals_path_does_not_serve_claude(claude: Vertex) -> None:
    path = f"{claude.base(location='global')}/publishers/mistralai/models/claude-opus-5-5:rawPredict"
    assert claude.post(path, native()).status_code == 404


def test_a_fault_and_the_record_go_by_the_model_of_the_path(claude: Vertex, tmp_path: Path) -> None:
    claude.emulator.fault("claude-haiku-4-5@20251001", 429)
    answer = post(claude, native(), "claude-haiku-4-5@20251001")
    assert (answer.status_code, json.loads(answer.text)["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert claude.emulator.requests[-1].model == "claude-haiku-4-5@20251001"
