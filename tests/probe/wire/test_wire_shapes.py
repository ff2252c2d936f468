"""What our requests look like in each provider mode, against what the real client was recorded to send there."""

from __future__ import annotations

import pytest

from maintenance.client_recorder import PROVIDERS
from maintenance.client_shapes import MODELS, MODES, UNKNOWN_MODEL, knows, stored_entry, stored_mode
from maintenance.request_shapes import header_shape, turn_shape, without_sizes
from mcp_server.catalogue.load import read_yaml
from mcp_server.catalogue.shapes import Mode, call_shape, recorded_versions, recordings, shape_for
from mcp_server.effective import client_target
from mcp_server.probe.request.shape_request import build_messages_request, build_small_request
from mcp_server.probe.request.words import tool_definition
from mcp_server.probe.wire import WIRES, Wire, wire_for
from mcp_server.snapshot import Snapshot
from tests.probe.request.test_shape_request import CALL

EVERY = [(v, p, m) for v in recorded_versions() for p in PROVIDERS if knows(v, p) for m in MODES]
MILLION = "context-1m-2025-08-07"


def wire_of(version: str, provider: str, **more: str) -> Wire:
    settings = {name: value.format(base="http://127.0.0.1:9") for name, value in PROVIDERS[provider].items()}
    machine = Snapshot(shell={**settings, "ANTHROPIC_AUTH_TOKEN": "t", **more}, client_version=version)
    return wire_for(machine, client_target(machine))


def test_every_provider_mode_has_a_wire_and_a_recording() -> None:
    data = read_yaml("claude_code.yaml")
    modes = {provider["id"] for provider in (*data["providers"], data["company_gateway"])}
    assert set(WIRES) == modes == set(PROVIDERS)


@pytest.mark.parametrize(("version", "provider", "mode"), EVERY)
def test_both_turns_leave_as_the_client_sends_them(version: str, provider: str, mode: Mode) -> None:
    wire = wire_of(version, provider)
    assert wire.mode == provider
    for model in MODELS:
        shape = shape_for(version, model, mode, provider)
        entry = stored_entry(recordings(version), stored_mode(provider, mode), model)
        turns = []
        for history in ([], CALL):
            sent = wire.message(shape, *build_messages_request(shape, model, tool_definition(), "say hi", history))
            path = f"/v1{sent.path}" if provider == "vertex" else sent.path
            turns.append(turn_shape(path, sent.headers, sent.body))
            assert header_shape(sent.headers).keys() == entry["headers"].keys()
            assert list(sent.body) == list(entry["first"]["body_types"])
        assert without_sizes(turns[0]) == without_sizes(entry["first"])
        assert without_sizes(turns[1]) == without_sizes({**entry["first"], **entry["tool_result"]})


def test_bedrock_reads_betas_from_the_body_and_one_left_out_is_gone_from_both_places() -> None:
    wire, shape = wire_of("2.1.330", "bedrock"), shape_for("2.1.330", "claude-opus-5-5", provider="bedrock")
    path, headers, body = build_small_request(shape, "us.anthropic.claude-opus-5-5", "hi", 10)
    both = "thinking-token-count-2026-05-13"
    assert both in shape.header_betas
    assert both in shape.body_betas
    headers["anthropic-beta"] = ",".join(beta for beta in shape.betas if beta != both)
    sent = wire.message(shape, path, headers, body)
    assert both not in sent.headers["anthropic-beta"] + ",".join(sent.body["anthropic_beta"])
    headers["anthropic-beta"] = ""
    bare = wire.message(shape, path, headers, body)
    assert "anthropic_beta" not in bare.body
    assert "anthropic-beta" not in bare.headers


@pytest.mark.parametrize("version", recorded_versions())
def test_the_long_window_is_asked_for_where_the_client_does(version: str) -> None:
    for provider, name in (("bedrock", "us.anthropic.claude-sonnet-4-6"), ("vertex", "claude-sonnet-4-6")):
        shape = shape_for(version, f"{name}[1m]", provider=provider)
        sent = wire_of(version, provider).message(shape, *build_small_request(shape, f"{name}[1m]", "hi", 10))
        real = call_shape(version, f"million/{provider}")
        assert real is not None
        assert sent.headers["anthropic-beta"].split(",") == real["betas"]
        assert sent.body.get("anthropic_beta") == real["fields"].get("anthropic_beta")


def test_models_that_have_the_long_window_anyway_get_no_beta_for_it() -> None:
    assert MILLION not in shape_for("2.1.330", "claude-opus-5-5[1m]").betas
    assert MILLION in shape_for("2.1.330", "claude-sonnet-4-5[1m]").betas


@pytest.mark.parametrize("version", recorded_versions())
def test_tokens_are_counted_where_the_client_counts_them(version: str) -> None:
    real = call_shape(version, "count_tokens/vertex")
    assert real is not None
    body = {"model": "claude-opus-5-5", "messages": [], "tools": []}
    path, sent = wire_of(version, "vertex").free("/v1/messages/count_tokens?beta=true", body)
    assert path == real["path"].format(project="recorder-project", region="us-east5")
    assert list(sent) == list(real["body_types"])
    assert not wire_of(version, "bedrock").counts_tokens


@pytest.mark.parametrize(
    ("provider", "model", "path"),
    [
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fabc123",
        ),
        ("bedrock", "a/b@1 x+(y)", "a%2Fb@1%20x+(y)"),
        ("vertex", "claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929"),
        ("vertex", "a/b c@1:x", "a/b%20c@1:x"),
    ],
)
def test_model_ids_are_encoded_as_the_client_encodes_them(provider: str, model: str, path: str) -> None:
    """Each pair was recorded from 2.1.330 and 2.1.197."""
    place = wire_of("2.1.330", provider).place(model)
    assert f"/{path}/" in place if provider == "bedrock" else place.endswith(f"/models/{path}:streamRawPredict")


def test_a_model_with_a_region_of_its_own_is_asked_there() -> None:
    wire = wire_of("2.1.330", "vertex", VERTEX_REGION_CLAUDE_5_5_OPUS="europe-west1")
    assert "/locations/europe-west1/" in wire.place("claude-opus-5-5")
    assert "/locations/us-east5/" in wire.place("claude-haiku-4-5@20251001")


def test_the_older_client_ignores_the_switch_of_anthropic_on_google_cloud() -> None:
    settings = {
        name: value.format(base="http://127.0.0.1:9") for name, value in PROVIDERS["anthropic_google_cloud"].items()
    }
    assert client_target(Snapshot(shell=settings, client_version="2.1.197")).provider == "anthropic"
    assert client_target(Snapshot(shell=settings, client_version="2.1.330")).provider == "anthropic_google_cloud"


def test_a_client_of_claude_gateway_leaves_out_what_bedrock_refuses_behind_it() -> None:
    plain, reduced = (shape_for("2.1.330", "claude-opus-5-5", provider=p) for p in ("anthropic", "gateway"))
    dropped = {"context-management-2025-06-27", "per-turn-control-2026-07-01", "advanced-tool-use-2025-11-20"}
    assert dropped <= set(plain.betas)
    assert not dropped & set(reduced.betas)
    assert "tool-search-tool-2025-10-19" in reduced.betas
    assert "context_management" in plain.fields
    assert "context_management" not in reduced.fields
    assert "output_config" not in shape_for("2.1.330", UNKNOWN_MODEL, provider="gateway").fields


def test_the_workspace_goes_along_with_anthropic_on_aws() -> None:
    shape = shape_for("2.1.330", "claude-opus-5-5", provider="anthropic_aws")
    sent = wire_of("2.1.330", "anthropic_aws").message(shape, *build_small_request(shape, "claude-opus-5-5", "hi", 9))
    assert sent.headers["anthropic-workspace-id"] == "recorder"
