"""Any mix of Vertex AI, Bedrock and Anthropic: which deployments are written, where, in which order."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import yaml

from mcp_server.answer import Answer
from mcp_server.catalogue.models import models
from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.providers.bedrock import profile
from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.registry import PROVIDERS
from mcp_server.generate.spec import parse_request
from mcp_server.lab.bedrock_models import Region, foundation_models
from mcp_server.lab.claude_facts import claude_models, facts

TODAY = date(2026, 11, 25)
OPUS, GEMINI = "claude-opus-5-5", "gemini-3.8-flash"


def made(**arguments: Any) -> Answer:
    return generate(parse_request({"gateway": "litellm", **arguments}), TODAY)


def config(**arguments: Any) -> dict[str, Any]:
    return dict(yaml.safe_load(made(**arguments).config[0].content))


def places(model: str = OPUS, **arguments: Any) -> list[dict[str, Any]]:
    wanted = {"models": [OPUS], **arguments}
    return [e["litellm_params"] for e in config(**wanted)["model_list"] if e["model_name"] == model]


def refused(**arguments: Any) -> str:
    with pytest.raises(UsageError) as caught:
        made(**arguments)
    return str(caught.value)


def test_a_model_gets_one_deployment_for_each_provider_that_serves_it() -> None:
    found = places(providers=["vertex", "bedrock", "anthropic"], models=[OPUS, GEMINI])
    assert [p["model"] for p in found] == [f"vertex_ai/{OPUS}", f"bedrock/us.anthropic.{OPUS}", f"anthropic/{OPUS}"]
    assert found[2]["api_key"] == "os.environ/ANTHROPIC_API_KEY"
    assert len(places(GEMINI, providers=["vertex", "bedrock"], models=[OPUS, GEMINI])) == 1


def test_several_regions_are_several_deployments() -> None:
    found = places(providers=["bedrock"], aws_region="eu-central-1, us-west-2,eu-central-1")
    assert [(p["aws_region_name"], p["model"]) for p in found] == [
        ("eu-central-1", f"bedrock/eu.anthropic.{OPUS}"),
        ("us-west-2", f"bedrock/us.anthropic.{OPUS}"),
    ]
    found = places(vertex_region="us-east5,europe-west1")
    assert [p["vertex_location"] for p in found] == ["us-east5", "europe-west1"]


def test_two_regions_in_words_are_chosen_and_told() -> None:
    assert [p["vertex_location"] for p in places(goal="in two regions")] == ["global", "us-east5"]
    assert len(places(providers=["bedrock"], goal="multi-region")) == 2
    assert any("none named" in line for line in made(models=[OPUS], goal="in two regions").context)


def test_regions_imply_their_provider() -> None:
    assert {p["model"] for p in places(aws_region="us-east-1")} == {f"bedrock/us.anthropic.{OPUS}"}


@pytest.mark.parametrize(
    "region", ["us-east-1", "eu-west-3", "ap-northeast-1", "ap-southeast-2", "us-gov-west-1", "sa-east-1"]
)
def test_the_inference_profile_exists_in_its_region(region: str) -> None:
    there = Region(region, "123456789012", foundation_models(), {})
    assert f"{profile(region)}.anthropic.{OPUS}" in there.profiles


def test_the_prefixes_agree_with_those_of_the_laboratory() -> None:
    known: dict[str, list[str]] = facts()["bedrock_prefixes"]
    ours: dict[str, str] = entry("bedrock")["profile_prefixes"]
    assert {start: names[0] for start, names in known.items() if names[0] != "global"} == ours


def test_ids_of_claude_elsewhere_are_those_of_the_laboratory() -> None:
    for model in (m for m in models().values() if m.elsewhere):
        assert model.elsewhere == {"bedrock": claude_models()[model.id].bedrock, "anthropic": model.id}


def test_one_deployment_keeps_its_first_error_and_several_stand_in_for_each_other() -> None:
    alone = config(providers=["anthropic"], models=[OPUS])
    assert alone["router_settings"]["disable_cooldowns"] is True
    assert alone["router_settings"]["num_retries"] == 0
    mixed = config(providers=["vertex", "anthropic"], models=[OPUS, GEMINI])
    assert mixed["router_settings"]["enable_weighted_failover"] is True
    assert "disable_cooldowns" not in mixed["router_settings"]
    by_name = {e["model_name"]: e["litellm_params"] for e in mixed["model_list"]}
    assert by_name[GEMINI]["cooldown_time"] == 0
    assert "cooldown_time" not in by_name[OPUS]


def test_other_strategies_retry_because_only_shuffle_excludes_what_failed() -> None:
    router = config(providers=["vertex", "anthropic"], routing="latency-based", models=[OPUS])["router_settings"]
    assert router["num_retries"] == 2
    assert "enable_weighted_failover" not in router


def test_the_preferred_provider_comes_first_and_the_backup_last() -> None:
    everything = ["vertex", "bedrock", "anthropic"]
    found = places(providers=everything, goal="prefer bedrock, vertex as backup")
    assert [(p["model"].partition("/")[0], p["order"]) for p in found] == [
        ("bedrock", 1),
        ("anthropic", 2),
        ("vertex_ai", 3),
    ]


def test_percentages_become_weights_and_exclude_other_strategies() -> None:
    both: dict[str, Any] = {
        "providers": ["vertex", "bedrock"],
        "goal": "80% bedrock and 20 % to vertex",
        "models": [OPUS],
    }
    assert {p["model"].partition("/")[0]: p["weight"] for p in places(**both)} == {"vertex_ai": 20, "bedrock": 80}
    assert "need routing simple-shuffle" in refused(**both, routing="least-busy")


def test_fallbacks_are_written_for_the_names_that_the_client_calls_by_itself_too() -> None:
    router = config(models=[GEMINI, "codestral"], goal="context window fallbacks", fallbacks=[OPUS])["router_settings"]
    for kind in ("fallbacks", "context_window_fallbacks"):
        sources = {name for item in router[kind] for name in item}
        assert "codestral" in sources if kind == "context_window_fallbacks" else GEMINI in sources
        assert sources & set(router["model_group_alias"]) or kind == "context_window_fallbacks"


def test_a_model_that_no_chosen_provider_serves_is_refused_with_the_provider_that_does() -> None:
    said = refused(providers=["bedrock", "anthropic"], models=[GEMINI])
    assert "it is by vertex" in said


def test_no_claude_of_another_cloud_is_called_unsupported() -> None:
    answer = made(providers=["bedrock", "anthropic"])
    assert not any("non-Claude" in line for line in answer.context)
    settings = next(json.loads(f.content) for f in answer.config if f.language == "json")
    assert "ENABLE_TOOL_SEARCH" not in settings["env"]


@pytest.mark.parametrize("bad", ["useast1", "us-east-1,", "us east 1", "$(id)"])
def test_an_aws_region_that_cannot_be_one_is_refused(bad: str) -> None:
    assert "aws_region" in refused(aws_region=bad)


def test_only_litellm_shares_regions() -> None:
    assert "several regions" in refused(gateway="direct", providers=["bedrock"], aws_region="us-east-1,us-west-2")


def test_every_provider_says_what_it_needs_and_how_to_get_it() -> None:
    commands = made(providers=list(PROVIDERS)).config[1].content
    for word in ("gcloud auth application-default login", "aws sso login", "ANTHROPIC_API_KEY"):
        assert word in commands
