from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest

from mcp_server.catalogue.load import read_json, read_yaml
from mcp_server.catalogue.models import (
    EIGHT,
    Model,
    agent_order,
    candidates,
    checked_on,
    find_model,
    living_successors,
    models,
    require_model,
    stale_days,
)
from mcp_server.errors import UsageError

ALL = sorted(models().values(), key=lambda m: m.id)
every_model = pytest.mark.parametrize("model", ALL, ids=lambda m: m.id)


def test_the_eight_come_first_and_in_order() -> None:
    assert tuple(models())[:8] == EIGHT


@every_model
def test_a_model_is_complete_and_sourced(model: Model) -> None:
    assert model.context_window >= model.max_output > 0
    assert model.price_in > 0
    assert model.price_out > 0
    assert model.default_location in model.locations
    assert model.sources
    assert all(source.checked_on <= date.today() for source in model.sources)


@every_model
def test_a_model_that_is_going_names_successors_that_live(model: Model) -> None:
    assert all(name in models() for name in model.successors)
    if model.state_on(checked_on()) != "living":
        assert living_successors(model, checked_on())


@every_model
def test_a_correction_names_its_reason_and_differs_from_the_map(model: Model) -> None:
    numbers = read_json("litellm_models.json")["models"][model.litellm_model]
    in_map = {
        "context_window": numbers.get("max_input_tokens"),
        "max_output": numbers.get("max_output_tokens"),
        "tool_use": numbers.get("supports_function_calling"),
        "vision": numbers.get("supports_vision"),
    }
    for name, reason in model.corrections.items():
        assert name in {f.name for f in fields(Model)}
        assert reason
        # The map has no flag at all for Llama 3.1: the correction then states the reason, not another value.
        assert getattr(model, name) != in_map[name] or in_map[name] is None


@every_model
def test_locations_agree_with_those_litellm_reroutes_by(model: Model) -> None:
    regions = read_json("litellm_models.json")["models"][model.litellm_model].get("supported_regions")
    if regions:
        assert set(model.locations) == set(regions)
        assert model.locations_complete


@every_model
def test_the_route_is_the_one_litellm_picks_from_the_string(model: Model) -> None:
    name = model.litellm_model.removeprefix("vertex_ai/")
    if "gemini" in name:
        picked = "gemini"
    elif name.startswith(("mistral", "codestral")):
        picked = "mistral"
    elif name.startswith("claude"):
        picked = "anthropic"
    else:
        assert name.startswith(("meta/", "deepseek-ai", "qwen", "openai/gpt-oss-", "zai-org/", "google/gemma-"))
        picked = "maas"
    assert model.route == picked
    assert name == model.upstream_model


def test_every_model_with_tool_use_has_a_place_in_the_agent_order_and_no_other() -> None:
    assert sorted(agent_order()) == sorted(m.id for m in ALL if m.tool_use)


def test_settings_that_models_need_do_not_contradict_each_other() -> None:
    values: dict[str, set[object]] = {}
    for model in ALL:
        for name, value in model.requires.items():
            values.setdefault(name, set()).add(value)
    assert all(len(found) == 1 for found in values.values())


@every_model
def test_no_name_of_a_model_means_another_one(model: Model) -> None:
    pair = f"{model.publisher}/{model.publisher_model}"
    names = (model.id, model.title, model.litellm_model, model.publisher_model, pair, *model.spellings)
    assert {name: find_model(name) for name in names} == dict.fromkeys(names, model)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Gemini 2.5 Pro", "gemini-2.5-pro"),
        ("GEMINI_2.5_FLASH", "gemini-2.5-flash"),
        ("DeepSeek R1", "deepseek-r1"),
        ("llama 405b", "llama-3.1-405b"),
        ("Llama 3 (3.1) 405B", "llama-3.1-405b"),
        ("meta/llama3-405b-instruct-maas", "llama-3.1-405b"),
        ("codestral-2@001", "codestral"),
        ("qwen3 coder", "qwen3-coder-480b"),
        ("Qwen3 235B", "qwen3-235b"),
        ("GPT-OSS 20B", "gpt-oss-20b"),
        ("openai/gpt-oss-20b-maas", "gpt-oss-20b"),
        ("gemini-2.5-pro[1m]", "gemini-2.5-pro"),
        ("publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("claude-router-67656d696e692d322e352d70726f[1m]", "gemini-2.5-pro"),
        ("  gemini-2.5-pro ", "gemini-2.5-pro"),
    ],
)
def test_usual_spellings_are_understood(written: str, meant: str) -> None:
    found = find_model(written)
    assert found is not None
    assert found.id == meant


@pytest.mark.parametrize(
    "vague", ["gpt-oss", "flash", "gemini", "", "  ", "claude-router-zz", "claude-router-ff", "x" * 9_999]
)
def test_a_name_that_means_no_single_model_finds_none(vague: str) -> None:
    assert find_model(vague) is None


def test_an_ambiguous_name_is_answered_with_the_choices() -> None:
    with pytest.raises(UsageError, match="fits 2 models: gpt-oss-20b, gpt-oss-120b"):
        require_model("gpt-oss")


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'gemini-2.5-pro'"):
        require_model("gemeni-2.5-pro")


def test_a_secret_given_as_a_model_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        require_model("sk-ant-api03-abcdefghijklmnop")
    assert "abcdefgh" not in str(caught.value)


def test_candidates_of_an_exact_name_are_that_model_alone() -> None:
    # "deepseek-r1" is also part of longer names; the exact one wins.
    assert [m.id for m in candidates("codestral")] == ["codestral"]


def test_dates_that_have_passed_count_even_in_an_old_catalogue() -> None:
    flash = models()["gemini-3.5-flash"]
    assert flash.retired_on == date(2027, 5, 19)
    assert flash.state_on(date(2027, 5, 18)) == "living"
    assert flash.state_on(date(2027, 5, 19)) == "retired"
    pro = models()["gemini-2.5-pro"]
    assert pro.state_on(date(2026, 11, 25)) == "closed-to-new-projects"
    assert pro.state_on(date(2027, 3, 31)) == "retired"


def test_a_successor_that_has_retired_itself_is_not_offered() -> None:
    pro = models()["gemini-2.5-flash"]
    assert [m.id for m in living_successors(pro, date(2026, 11, 25))] == ["gemini-3.5-flash", "gemini-3.8-flash"]
    assert [m.id for m in living_successors(pro, date(2027, 6, 1))] == ["gemini-3.8-flash"]


def test_a_catalogue_older_than_thirty_days_is_stale() -> None:
    day = checked_on()
    assert stale_days(date.fromordinal(day.toordinal() + 30)) is None
    assert stale_days(date.fromordinal(day.toordinal() + 31)) == 31


def test_numbers_have_one_home() -> None:
    carried = {"context_window", "max_output", "price_in", "price_out"}
    assert not [e["id"] for e in read_yaml("models.yaml")["models"] if carried & e.keys()]


def test_prices_are_per_million_tokens() -> None:
    pro = models()["gemini-2.5-pro"]
    assert (pro.price_in, pro.price_out) == (1.25, 10.0)


def test_a_model_on_maas_is_named_with_its_publisher_upstream() -> None:
    llama = models()["llama-3.1-405b"]
    assert llama.upstream_model == "meta/llama-3.1-405b-instruct-maas"
    assert replace(llama, route="mistral").upstream_model == "llama-3.1-405b-instruct-maas"
