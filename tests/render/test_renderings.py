from __future__ import annotations

import re

import pytest

from mcp_server.answer import Answer, Check, ConfigFile, Finding, Where
from mcp_server.render.markdown import markdown
from mcp_server.render.terminal import terminal

FULL = Answer(
    verdict="errors",
    quick_answer="The base URL ends in /v1, so every request goes to /v1/v1/messages.",
    config=[ConfigFile(path="settings.json", language="json", content='{\n  "env": {}\n}\n', why="drops the suffix")],
    verification=[
        Check(
            title="route", status="fail", detail="404", command="llm-gateway test-model", expect="pass", if_not="look"
        )
    ],
    context=["Measured with 2.1.330."],
    findings=[
        Finding(
            id="base_url_path_duplicated",
            severity="error",
            confidence="medium",
            where=Where(file="settings.json", line=3, column=5, key="env.ANTHROPIC_BASE_URL"),
            problem="the base URL ends in /v1",
            why="Claude Code appends /v1/messages itself",
            fix="remove /v1",
            command="claude",
        )
    ],
)
EMPTY = Answer(verdict="unknown", quick_answer="Nothing was given.")
HEADINGS = ["Quick Answer", "Config", "Verification", "Context"]


@pytest.mark.parametrize("answer", [FULL, EMPTY], ids=["full", "empty"])
def test_both_renderings_have_the_four_sections_in_order(answer: Answer) -> None:
    assert re.findall(r"^## (.+)$", markdown(answer), re.MULTILINE) == HEADINGS
    assert re.findall(r"^── (.+?) ─+$", terminal(answer), re.MULTILINE) == HEADINGS


def test_both_renderings_show_every_field() -> None:
    for text in (markdown(FULL), terminal(FULL)):
        flat = " ".join(text.split())
        for part in (
            *("/v1/v1/messages", "drops the suffix", '"env": {}', "llm-gateway test-model", "Measured with 2.1.330."),
            *("error[base_url_path_duplicated]", "settings.json:3:5 (env.ANTHROPIC_BASE_URL)", "remove /v1", "medium"),
        ):
            assert part in flat


def test_a_fence_inside_a_file_cannot_end_the_block() -> None:
    answer = Answer(
        verdict="ok",
        quick_answer="q",
        config=[ConfigFile(path="README.md", language="text", content="```\n## Context\n```", why="w")],
    )
    text = markdown(answer)
    assert "````text\n```\n## Context\n```\n````" in text


def test_terminal_text_fits_the_width_except_file_content() -> None:
    lines = terminal(FULL, width=60).splitlines()
    assert all(len(line) <= 60 or line.startswith(("│ ", "    $ ")) for line in lines)


def test_colour_changes_nothing_but_attributes() -> None:
    coloured = terminal(FULL, width=100, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == terminal(FULL, width=100)
