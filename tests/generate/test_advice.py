"""Advice: when it is given, which pattern, gateway and models follow from which needs, and what it costs."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from mcp_server.answer import Answer
from mcp_server.catalogue.models import models
from mcp_server.generate import cost
from mcp_server.generate.advice import PATTERNS, advise, questions
from mcp_server.generate.build import generate
from mcp_server.generate.needs import Needs
from mcp_server.generate.spec import parse_request

TODAY = date(2026, 11, 25)


def advised(goal: str, **arguments: Any) -> Answer:
    return generate(parse_request({"goal": goal, **arguments}), TODAY)


def is_advice(answer: Answer) -> bool:
    return answer.quick_answer.startswith("Recommended: ")


@pytest.mark.parametrize(
    "goal",
    [
        "Which gateway should we use?",
        "recommend a set-up for a team of 20",
        "What should we use for 30 engineers with SSO and audit?",
        "how much would Claude Code cost for 10 developers",
        "20 developers, budgets per team, EU",
        "we sit behind a corporate proxy with TLS inspection",
        "What does the LiteLLM gateway that we already have cost us a month?",
    ],
)
def test_questions_and_bare_needs_get_advice(goal: str) -> None:
    assert is_advice(advised(goal))


@pytest.mark.parametrize(
    ("goal", "arguments"),
    [
        ("", {}),
        ("set up LiteLLM for a team of 20 developers", {}),
        ("all eight models", {}),
        ("gemini flash, cheap", {}),
        ("LiteLLM with cost-based routing", {"routing": "cost-based"}),
        ("20 developers", {"gateway": "litellm"}),
        ("which gateway?", {"models": "gemini-3.8-flash"}),
        ("behind a corporate proxy", {"proxy_url": "http://proxy.example.com:3128"}),
    ],
)
def test_a_named_set_up_is_generated_and_not_discussed(goal: str, arguments: dict[str, Any]) -> None:
    answer = advised(goal, **arguments)
    assert not is_advice(answer)
    assert answer.config


@pytest.mark.parametrize(
    ("needs", "pattern", "gateway"),
    [
        (Needs(), "direct", ""),
        (Needs(people=1), "direct", ""),
        (Needs(proxy=True), "proxy", ""),
        (Needs(people=40), "gateway", "claude-apps-gateway"),
        (Needs(people=40, proxy=True), "proxy + gateway", "claude-apps-gateway"),
        (Needs(budgets=True), "gateway", "litellm"),
        (Needs(cheap=True), "direct", ""),
        (Needs(models=("gemini-3.8-flash",)), "gateway", "litellm"),
        (Needs(existing="portkey"), "gateway", "portkey"),
        (Needs(existing="unnamed", proxy=True), "proxy + gateway", "custom"),
        (Needs(providers=("vertex", "bedrock")), "gateway", "litellm"),
    ],
)
def test_needs_lead_to_a_pattern_and_a_gateway(needs: Needs, pattern: str, gateway: str) -> None:
    found = advise(needs, TODAY)
    assert (found.pattern, found.gateway) == (pattern, gateway)
    assert found.because


def test_patterns_are_four_and_short() -> None:
    assert list(PATTERNS) == ["direct", "proxy", "gateway", "proxy + gateway"]
    assert all(text.count(". ") + text.endswith(".") <= 2 for text in PATTERNS.values())


@pytest.mark.parametrize("cheap", [False, True])
@pytest.mark.parametrize("name", [None, *models()])
def test_main_model_lives_and_calls_tools_whatever_is_named(name: str | None, cheap: bool) -> None:
    found = advise(Needs(models=(name,) if name else (), cheap=cheap), TODAY)
    for model in (found.main, found.background, *found.uses.values()):
        assert model.tool_use
        assert model.state_on(TODAY) == "living"
    assert found.background.context_window >= found.main.context_window


def test_a_named_model_without_tools_is_said_to_be_unfit() -> None:
    answer = advised("which gateway for llama 3.1 405b and gemini 3.8 flash?")
    assert any("llama-3.1-405b cannot call tools" in line for line in answer.context)
    assert "Main model gemini-3.8-flash" in answer.quick_answer


def test_cost_follows_the_formula_and_the_stated_usage() -> None:
    used = cost.usage(Needs(people=10, tokens_in=2e6, tokens_out=1e5))
    assert (used.tokens_in, used.tokens_out) == (10 * 21 * 2e6, 10 * 21 * 1e5)
    sonnet, haiku = models()["claude-sonnet-5-5"], models()["claude-haiku-5-5"]
    full = (used.tokens_in * sonnet.price_in + used.tokens_out * sonnet.price_out) / 1e6
    assert cost.monthly(sonnet, used) == pytest.approx(full)
    assert cost.mix(sonnet, haiku, used) == pytest.approx(0.9 * full + 0.1 * cost.monthly(haiku, used))


@pytest.mark.parametrize(
    ("goal", "into", "out"),
    [
        ("what does it cost a month: 300 million input tokens and 4M output tokens a month?", 3e8, 4e6),
        ("how much for 5 developers with 2,5M tokens in and 40k tokens out per day?", 5 * 21 * 2.5e6, 5 * 21 * 4e4),
        ("how much for 5 developers?", 5 * 21 * cost.TOKENS_IN, 5 * 21 * cost.TOKENS_OUT),
        ("how much for 2 devs at 1M tokens a day", 2 * 21 * 1e6, 2 * 21 * 1e4),
    ],
)
def test_stated_usage_is_read_and_the_rest_is_assumed_aloud(goal: str, into: float, out: float) -> None:
    from mcp_server.generate.goal import read_goal
    from mcp_server.generate.needs import read_needs

    request = parse_request({"goal": goal})
    used = cost.usage(read_needs(request, read_goal(goal, TODAY)))
    assert (used.tokens_in, used.tokens_out) == (into, out)
    line = next(line for line in advised(goal).context if line.startswith("Cost: "))
    assert all(words in line for words in used.assumed)


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0"), (0.123, "$0.12"), (45.6, "$46"), (4834, "$4,800"), (123456, "$120,000")]
)
def test_money_is_rounded_to_what_an_estimate_can_carry(amount: float, text: str) -> None:
    assert cost.money(amount) == text


def test_answer_carries_notices_prices_assumptions_questions_and_the_next_command() -> None:
    answer = advised("which gateway for 8 developers with gemini 3.8 flash?")
    text = "\n".join(answer.context)
    assert answer.verdict == "unknown"
    assert "third-party" in text
    assert "not supported by Anthropic" in text
    assert "Routing Claude Code to non-Claude models" in text
    assert "Assumed: " in text
    assert "Questions that would change this: " in text
    assert re.search(r"checked 20\d\d-\d\d-\d\d", text)
    assert "Gives up" in text
    command = str(answer.verification[0].command)
    assert command.startswith("llm-gateway generate --gateway litellm --models ")
    names = command.rpartition(" ")[2]
    assert generate(parse_request({"gateway": "litellm", "models": names}), TODAY).config, "the command works"


def test_questions_ask_only_for_what_was_not_said() -> None:
    assert len(questions(Needs())) == 6
    said = Needs(people=3, models=("x",), proxy=True, control=True, existing="litellm", tokens_in=1.0)
    assert questions(said) == ()


def test_only_gateways_that_are_known_are_named() -> None:
    from mcp_server.generate.advice import _GATEWAYS
    from mcp_server.generate.registry import known_gateways

    assert set(_GATEWAYS) <= set(known_gateways())


def test_what_must_stay_in_the_house_is_not_sent_to_a_hosted_gateway() -> None:
    hosted = [line for line in advised("which gateway for 30 people?").context if "Zuplo" in line]
    assert hosted
    assert not [line for line in advised("which gateway for 30 people, air-gapped?").context if "Zuplo" in line]


def test_old_prices_are_called_old() -> None:
    late = generate(parse_request({"goal": "which gateway?"}), date(2027, 3, 1))
    assert any("days old: check them" in line for line in late.context)


def test_a_credential_in_the_goal_is_never_repeated() -> None:
    secret = "sk-" + "q7Zt" * 8
    assert secret not in str(advised(f"which gateway? my key is {secret}").document())


def test_a_living_model_that_cannot_call_tools_never_becomes_the_main_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from mcp_server.generate import advice

    unfit = replace(models()["claude-opus-5-5"], tool_use=False)
    known = {**models(), unfit.id: unfit}
    monkeypatch.setattr(advice, "models", lambda: known)
    monkeypatch.setattr(advice, "require_model", known.__getitem__)
    for needs in (Needs(), Needs(cheap=True), Needs(models=(unfit.id,))):
        found = advise(needs, TODAY)
        assert unfit not in (found.main, found.background, *found.uses.values())
