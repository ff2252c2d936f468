"""Built requests against the recorded ones: same dialect, same size, other words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maintenance.client_shapes import MODELS, MODES
from maintenance.request_shapes import schema_features, turn_shape, without_sizes
from mcp_server.catalogue.shapes import Mode, RequestShape, recorded_versions, recordings, shape_for
from mcp_server.probe.request.filler import text
from mcp_server.probe.request.shape_request import build_messages_request, build_small_request
from mcp_server.probe.request.words import tool_definition

CALL = [
    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "read_probe_value", "input": {}}]},
    {"role": "user", "content": [{"tool_use_id": "toolu_1", "type": "tool_result", "content": "amber-1"}]},
]
EVERY = [(version, model, mode) for version in recorded_versions() for model in MODELS for mode in MODES]


def recorded(version: str, model: str, mode: str) -> dict[str, Any]:
    found: dict[str, Any] = next(e for e in recordings(version)["shapes"] if model in e["modes"].get(mode, ()))
    return found


def built(shape: RequestShape, model: str, history: Any = ()) -> tuple[str, dict[str, str], dict[str, Any]]:
    return build_messages_request(shape, model, tool_definition(), "say hi", history)


@pytest.mark.parametrize(("version", "model", "mode"), EVERY)
def test_both_turns_have_the_recorded_shape(version: str, model: str, mode: Mode) -> None:
    shape, entry = shape_for(version, model, mode), recorded(version, model, mode)
    first = turn_shape(*built(shape, model))
    second = turn_shape(*built(shape, model, CALL))
    assert without_sizes(first) == without_sizes(entry["first"])
    assert without_sizes(second) == without_sizes({**entry["first"], **entry["tool_result"]})


@pytest.mark.parametrize(("version", "model", "mode"), EVERY)
def test_the_size_is_the_clients(version: str, model: str, mode: Mode) -> None:
    shape = shape_for(version, model, mode)
    _, _, body = built(shape, model)
    assert len(json.dumps(body, ensure_ascii=False).encode()) == pytest.approx(shape.body_bytes, rel=0.1)
    assert len(body["tools"]) == len(shape.tools)
    assert len({tool["name"] for tool in body["tools"]}) == len(body["tools"])


@pytest.mark.parametrize("version", recorded_versions())
def test_tool_schemas_use_the_same_keywords(version: str) -> None:
    shape = shape_for(version, "claude-sonnet-4-5", "tool-search-off")
    _, _, body = built(shape, "claude-sonnet-4-5")
    for ours, theirs in zip(body["tools"][1:], shape.tools[1:], strict=True):
        features = schema_features(ours["input_schema"])
        # additionalProperties and type also stand in the parts that carry another keyword.
        assert set(theirs.schema["keywords"]) <= set(features["keywords"]) | {"description", "required"}, theirs.name


@pytest.mark.parametrize("version", recorded_versions())
def test_the_headers_are_the_clients_in_its_order(version: str) -> None:
    shape = shape_for(version, "claude-opus-4-8")
    _, headers, _ = built(shape, "claude-opus-4-8")
    assert list(headers) == list(shape.headers)
    assert headers["user-agent"] == f"claude-cli/{version} (external, sdk-cli)"
    assert not {"authorization", "x-api-key"} & set(headers)


def test_the_million_suffix_is_stripped_and_becomes_a_beta() -> None:
    shape = shape_for("2.1.330", "claude-sonnet-4-6[1m]")
    _, headers, body = built(shape, "claude-sonnet-4-6[1m]")
    assert body["model"] == "claude-sonnet-4-6"
    assert "context-1m-2025-08-07" in headers["anthropic-beta"]


@pytest.mark.parametrize(
    ("name", "recognised"),
    [
        ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("us.anthropic.claude-opus-5-5-v1:0", "claude-opus-5-5"),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-gemini", "gemini-2.5-pro"),
        ("qwen3-coder-480b", "gemini-2.5-pro"),
    ],
)
def test_the_name_decides_the_dialect(name: str, recognised: str) -> None:
    shape = shape_for("2.1.330", name)
    assert shape.model == recognised
    assert shape.known_model == (recognised != "gemini-2.5-pro")


@pytest.mark.parametrize(
    ("installed", "used"),
    [("2.1.330", "2.1.330"), ("2.1.400", "2.1.330"), ("2.1.250", "2.1.197"), ("1.0.3", "2.1.197"), (None, "2.1.330")],
)
def test_the_nearest_recorded_version_is_used_and_said(installed: str | None, used: str) -> None:
    shape = shape_for(installed, "claude-opus-5-5")
    assert shape.client_version == used
    assert bool(shape.note) == (installed != used)


def test_the_data_holds_no_prompt_text_and_no_machine_path() -> None:
    for version in recorded_versions():
        for value in strings(recordings(version)):
            assert len(value) < 100
            assert not value.startswith(("/tmp", "/root", "/home", "/Users"))


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for part in value.values() for text in strings(part))]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def test_a_small_request_offers_no_tools_and_little_room() -> None:
    _, _, body = build_small_request(shape_for("2.1.330", "gemini-2.5-pro"), "gemini-2.5-pro", "hi", 500)
    assert "tools" not in body
    assert body["max_tokens"] == 500
    assert len(json.dumps(body)) < 600


@pytest.mark.parametrize("length", [0, 1, 7, 400, 5_000, 30_000])
def test_filler_has_exactly_the_length_asked_for(length: int) -> None:
    assert len(text(length)) == length
