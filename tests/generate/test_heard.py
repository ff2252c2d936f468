"""Words of the goal that had no part in the answer are named; those that had are not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request

TODAY = date(2026, 11, 25)


def said(**arguments: Any) -> str:
    """The first note, if it is about unheard words."""
    first = generate(parse_request(arguments), TODAY).context[0]
    return first if first.startswith(("These words of the goal", "The goal also")) else ""


@pytest.mark.parametrize(
    ("goal", "unused"),
    [
        ("make me a coffee", "make me a coffee"),
        ("litellm with redis and a unicorn", "a unicorn"),
        ("litellm, prometheus metrics, painted green", "painted green"),
    ],
)
def test_words_without_effect_are_named(goal: str, unused: str) -> None:
    assert f"changed nothing: {unused}. " in said(goal=goal)


@pytest.mark.parametrize(
    "goal",
    [
        "all eight Vertex models behind LiteLLM",
        "litellm with redis and prometheus metrics",
        "gemini-3.8-flash and claude-opus-5-5 with litellm",
        "litellm with slack alerts, and virtual keys",
        "",
    ],
)
def test_words_with_an_effect_and_names_are_not(goal: str) -> None:
    assert said(goal=goal) == ""


def test_an_argument_that_overrules_the_goal_is_said() -> None:
    assert said(goal="use bedrock only", providers=["vertex"]).startswith("The goal also names bedrock.")
    assert said(goal="use bedrock only", providers=["bedrock"]) == ""
    assert "The argument gateway decides: litellm" in said(goal="through truefoundry", gateway="litellm")


def test_a_gateway_behind_the_gateway_is_used_and_not_called_overruled() -> None:
    assert said(gateway="zuplo", goal="in front of litellm", gateway_url="https://gw.example.com") == ""


def test_what_was_not_understood_is_quoted_and_cut() -> None:
    note = said(goal=f"litellm, {'x' * 500}\x1b[31m")
    assert "changed nothing: xxx" in note
    assert len(note) < 500
    assert "\x1b" not in note
