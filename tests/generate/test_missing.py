"""Which facts a wish lacks, and what answers to them make of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mcp_server.errors import UsageError
from mcp_server.generate.missing import completed, missing
from mcp_server.generate.registry import set_ups
from mcp_server.generate.spec import parse_request
from mcp_server.operations import generate_config

TODAY = date(2026, 11, 25)
PROJECT = ("vertex_project", "vertex_region")


def lacks(**arguments: Any) -> tuple[str, ...]:
    return tuple(fact.name for fact in missing(parse_request(arguments), TODAY))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"models": ["codestral"]}, PROJECT),
        ({"models": ["codestral"], "vertex_project": "demo-project"}, ()),
        ({"models": ["codestral"], "vertex_region": "europe-west4"}, PROJECT[:1]),
        ({"gateway": "litellm", "providers": ["bedrock"]}, ()),
        ({"gateway": "direct", "providers": ["vertex"]}, PROJECT),
        ({"gateway": "direct"}, ()),
        ({"gateway": "portkey"}, ()),
        ({"gateway": "kong"}, ("gateway_url", "models")),
        ({"gateway": "kong", "gateway_url": "https://kong.example.com/c"}, ("models",)),
        ({"gateway": "cloudflare"}, ("gateway_url",)),
        ({"gateway": "vercel"}, ("models",)),
        ({"gateway": "truefoundry"}, ("gateway_url",)),
        ({"gateway": "custom"}, ("gateway_url",)),
        ({"gateway": "pass-through"}, ("gateway_url", "providers")),
        ({"gateway": "proxy-only"}, ("proxy_url",)),
        ({"gateway": "nonsense"}, ()),
        ({"models": ["gemini 9.9 pro"]}, ()),
        ({"goal": "which gateway should we use?"}, ("people", "cloud", "proxy", "control")),
        (
            {"goal": "which gateway should 12 developers behind our proxy use?"},
            ("people", "cloud", "proxy", "control")[1::2],
        ),
    ],
)
def test_only_what_a_wish_really_lacks_is_asked_for(arguments: dict[str, Any], names: tuple[str, ...]) -> None:
    assert lacks(**arguments) == names


@pytest.mark.parametrize("gateway", sorted(set_ups()))
def test_with_answers_to_what_is_missing_every_set_up_can_be_written(gateway: str) -> None:
    answers = {
        "gateway_url": "https://gateway.ai.cloudflare.com/v1/acc/gate/anthropic",
        "models": "claude-sonnet-5-5",
        "proxy_url": "http://proxy.example.com:3128",
        "providers": "vertex",
        "vertex_project": "demo-project",
        "vertex_region": "",
    }
    said = {name: answers[name] for name in lacks(gateway=gateway)}
    assert generate_config.run_with(said, gateway=gateway).config


def test_an_empty_answer_changes_nothing() -> None:
    bare = generate_config.run(models=["codestral"])
    assert generate_config.run_with({"vertex_project": " ", "vertex_region": ""}, models=["codestral"]) == bare


def test_what_was_filled_in_is_told_and_stands_in_the_files() -> None:
    answer = generate_config.run_with({"vertex_project": "demo-project"}, models=["codestral"])
    assert answer.context[0].endswith("vertex_project=demo-project.")
    assert answer.config == generate_config.run(models=["codestral"], vertex_project="demo-project").config


def test_needs_become_words_of_the_goal() -> None:
    said = {"people": 12, "cloud": "Vertex AI", "proxy": True, "control": False}
    goal = completed({"goal": "which gateway?"}, said)["goal"]
    assert goal == "which gateway?; 12 developers; models from Vertex AI; behind a corporate proxy"
    assert lacks(goal=goal) == ("control",)
    assert completed({"goal": "which gateway?"}, {"people": 0, "cloud": "not said", "proxy": False}) == {
        "goal": "which gateway?"
    }


def test_an_answer_that_cannot_be_meant_is_refused_and_a_secret_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="vertex_project"):
        generate_config.run_with({"vertex_project": "My Project!"}, models=["codestral"])
    secret = "-".join(("sk", "ant", "api03", "planted" * 4))
    with pytest.raises(UsageError) as refused:
        generate_config.run_with({"models": secret}, gateway="vercel")
    assert "planted" not in str(refused.value)


def test_a_project_that_the_environment_names_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert generate_config.missing(models=["codestral"])
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-project")
    assert generate_config.missing(models=["codestral"]) == ()
    assert generate_config.missing(modles=["codestral"]) == ()
