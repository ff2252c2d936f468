"""The verdict of a run: nothing is called working that was not seen to work."""

from __future__ import annotations

import pytest

from mcp_server.catalogue.shapes import shape_for
from mcp_server.net.route import Route
from mcp_server.probe.context import Context, Level
from mcp_server.probe.report import answer
from mcp_server.probe.request.words import new_words
from mcp_server.probe.run import ModelResult


def context(level: Level) -> Context:
    shape = shape_for("2.1.330", "claude-opus-5-5")
    return Context(Route("http://127.0.0.1:9"), None, {}, "", level, shape)


@pytest.mark.parametrize("level", ["status", "health", "message", "claude-code"])
def test_a_run_that_saw_nothing_is_unknown(level: Level) -> None:
    assert answer(context(level), [], [], [], []).verdict == "unknown"


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [({}, "unknown"), ({"text": True}, "unknown"), ({"text": True, "tool_round_trip": True}, "ok")],
)
def test_the_full_level_wants_text_and_a_tool_round_trip(facts: dict[str, bool], verdict: str) -> None:
    one = context("claude-code")
    one.facts.update(facts)
    assert answer(one, [], [], [ModelResult(one)], []).verdict == verdict


def test_words_are_new_in_every_run() -> None:
    runs = [new_words() for _ in range(20)]
    assert len({words.text for words in runs}) == 20
    assert len({words.result for words in runs}) == 20
    assert len({str(words.arguments) for words in runs}) > 15
