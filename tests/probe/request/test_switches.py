"""Client variables that change the request, as measured on the real client."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe.request.switches import client_shape
from mcp_server.snapshot import SettingsFile, Snapshot


def shape(
    model: str = "claude-opus-5-5",
    settings: dict[str, Any] | None = None,
    provider: str = "anthropic",
    **variables: str,
) -> RequestShape:
    files = (SettingsFile("user", "settings.json", settings),) if settings else ()
    return client_shape(Snapshot(shell=variables, settings_files=files, client_version="2.1.330"), model, provider)[0]


@pytest.mark.parametrize(
    ("variables", "gone"),
    [
        ({"CLAUDE_CODE_DISABLE_THINKING": "1"}, {"thinking", "context_management"}),
        ({"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}, {"context_management"}),
        ({"CLAUDE_CODE_EFFORT_LEVEL": "auto"}, {"output_config"}),
    ],
)
def test_switched_off_fields_are_not_sent(variables: dict[str, str], gone: set[str]) -> None:
    assert gone <= set(shape().fields)
    assert not gone & set(shape(**variables).fields)


def test_effort_auto_also_removes_the_effort_of_messages() -> None:
    assert any("output_config" in message for message in shape().messages)
    assert not any("output_config" in message for message in shape(CLAUDE_CODE_EFFORT_LEVEL="auto").messages)


@pytest.mark.parametrize(("value", "count"), [("false", 21), ("0", 21), ("auto", 21), ("true", 12), ("auto:0", 12)])
def test_tool_search_decides_the_number_of_tools(value: str, count: int) -> None:
    assert len(shape(ENABLE_TOOL_SEARCH=value).tools) == count


@pytest.mark.parametrize("value", ["0", "-5", "many", "9" * 30, ""])
def test_an_unusable_output_limit_changes_nothing(value: str) -> None:
    assert shape(CLAUDE_CODE_MAX_OUTPUT_TOKENS=value).fields["max_tokens"] == 128_000


def test_a_small_output_limit_keeps_a_fixed_thinking_budget_below_it() -> None:
    fields = shape("claude-sonnet-4-5", CLAUDE_CODE_MAX_OUTPUT_TOKENS="8000").fields
    assert fields["max_tokens"] == 8_000
    assert fields["thinking"]["budget_tokens"] < 8_000


def test_caching_interleaving_attribution_and_betas_can_be_switched() -> None:
    plain = shape(
        DISABLE_PROMPT_CACHING="1",
        DISABLE_INTERLEAVED_THINKING="1",
        CLAUDE_CODE_ATTRIBUTION_HEADER="0",
        ANTHROPIC_BETAS="my-beta-1",
    )
    assert not any("cache_control" in block for block in plain.system)
    assert not any(beta.startswith("interleaved") for beta in plain.betas)
    assert len(plain.system) == len(shape().system) - 1
    assert "my-beta-1" in plain.betas


def test_model_overrides_make_a_gateway_name_speak_the_overridden_dialect() -> None:
    overridden = shape("gemini-2.5-pro", {"modelOverrides": {"claude-haiku-4-5-20251001": "gemini-2.5-pro"}})
    assert overridden.model == "claude-haiku-4-5"
    assert not any(message["role"] == "system" for message in overridden.messages)


def test_extra_body_is_merged_but_never_replaces_the_conversation() -> None:
    fields = shape(CLAUDE_CODE_EXTRA_BODY='{"speed": "fast", "messages": []}').fields
    assert fields["speed"] == "fast"
    assert "messages" not in fields
    assert shape(CLAUDE_CODE_EXTRA_BODY="{broken").fields == shape().fields


@pytest.mark.parametrize(
    ("model", "variables", "thinking", "temperature"),
    [
        ("claude-opus-5-5", {"CLAUDE_CODE_DISABLE_THINKING": "1"}, None, None),
        ("claude-sonnet-4-5", {"MAX_THINKING_TOKENS": "0"}, {"type": "disabled"}, 1),
        ("claude-opus-5-5", {"MAX_THINKING_TOKENS": "0"}, {"type": "adaptive", "display": "omitted"}, None),
    ],
)
def test_switched_off_thinking_leaves_what_the_client_leaves_of_it(
    model: str, variables: dict[str, str], thinking: Any, temperature: int | None
) -> None:
    """Recorded from the real client; newer models cannot be silenced by a budget of nothing."""
    fields = shape(model, **variables).fields
    assert fields.get("thinking") == thinking
    assert fields.get("temperature") == temperature


@pytest.mark.parametrize(("provider", "taken"), [("foundry", True), ("bedrock", False), ("vertex", False)])
def test_more_betas_count_only_in_the_modes_that_read_them(provider: str, taken: bool) -> None:
    assert ("my-beta-1" in shape(provider=provider, ANTHROPIC_BETAS="my-beta-1").betas) == taken


def test_switches_change_the_request_of_a_provider_mode_as_well() -> None:
    plain = shape(provider="bedrock")
    fewer = shape(provider="bedrock", CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS="1")
    assert "tool-search-tool-2025-10-19" in plain.body_betas
    assert "tool-search-tool-2025-10-19" not in fewer.betas
    silent = shape(provider="bedrock", CLAUDE_CODE_DISABLE_THINKING="1")
    assert "thinking" not in silent.fields
    assert "context_management" not in silent.fields
