"""The compatibility report for people: matrix, scores, shortfalls with cures; strangers' words kept harmless."""

from __future__ import annotations

import pytest

from mcp_server.answer import Finding
from mcp_server.matrix import Cell, Column, Costs, Matrix, Outcome
from mcp_server.render.compatibility import markdown, text


def finding(problem: str) -> Finding:
    return Finding(
        id="tool_call_lost",
        severity="error",
        confidence="high",
        problem=problem,
        why="because",
        fix="Change the route.",
    )


def cell(check: str, outcome: Outcome, requirement: str = "must", detail: str = "said") -> Cell:
    findings = [finding(detail)] if outcome in ("fail", "warn") else []
    return Cell(check, requirement, "Does it?", outcome, detail, findings, 10, 5, 0.1)


def matrix(*columns: Column, **more: object) -> Matrix:
    made = Matrix("LiteLLM", "https://gateway.example.com", "2.1.330", "2026-11-25", list(columns))
    for name, value in more.items():
        setattr(made, name, value)
    return made


GOOD = Column("alpha", [cell("one", "pass"), cell("two", "warn"), cell("three", "skip", "should")])
BAD = Column("beta", [cell("one", "fail"), cell("two", "undecided"), cell("three", "pass", "should")])


def test_scores_count_what_passed_among_what_applies() -> None:
    assert GOOD.score("must") == (2, 2)
    assert GOOD.score("should") == (0, 0)
    assert BAD.score("must") == (0, 2)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ([GOOD], 0),
        ([GOOD, BAD], 1),
        ([Column("c", [cell("one", "undecided")])], 3),
        ([Column("c", [cell("one", "fail", "should")])], 3),
        ([Column("c", [cell("one", "pass"), cell("two", "fail", "should")])], 0),
        ([], 3),
    ],
)
def test_the_exit_code_follows_the_musts(columns: list[Column], code: int) -> None:
    assert matrix(*columns).exit_code == code


def test_both_pages_show_the_matrix_the_scores_and_each_cure() -> None:
    report = matrix(GOOD, BAD, costs=Costs(1_000, 12, 9, 700, 80, 2_000, ["idle"]))
    for page in (text(report), markdown(report)):
        assert "1 of 2 model(s) meet every must" in page
        assert "Change the route." in page
        assert "12 requests, 9 of them billed" in page
        assert "Left out for the budget of 2,000: idle" in page
    assert "| alpha | 2 of 2 | 0 of 0 | 0 of 0 | 0 | 0.0 |" in markdown(report)
    assert "| `one` | must | ✓ | ✗ |" in markdown(report)


def test_many_models_fit_a_narrow_terminal_by_numbers() -> None:
    page = text(matrix(*(Column(f"a-long-model-name-{n}", [cell("one", "pass")]) for n in range(9))), width=80)
    assert "[9] a-long-model-name-8" in page
    assert all(len(line) <= 80 for line in page.splitlines())


def test_colours_mark_the_cells_and_nothing_else() -> None:
    assert "\x1b[31m✗\x1b[0m" in text(matrix(BAD), colour=True)
    assert "\x1b" not in text(matrix(BAD))


def test_markdown_of_strangers_stays_without_effect() -> None:
    hostile = "| broken | <img src=x> `code` [link](https://evil.example.com)"
    page = markdown(matrix(Column(hostile, [cell("one", "fail", detail=hostile)])))
    assert "<img" not in page
    assert "[link](" not in page.replace("\\[", "")
    assert "\\| broken" in page


def test_a_plan_says_that_nothing_was_sent() -> None:
    page = text(matrix(Column("alpha", [cell("one", "skip")]), planned=True, costs=Costs(5_000)))
    assert "Nothing was sent" in page
    assert "5,000 tokens" in page
    assert "Counted" not in page


def test_the_document_holds_scores_cells_and_costs() -> None:
    document = matrix(GOOD, BAD).document()
    assert document["exit_code"] == 1
    assert document["models"][0]["score"]["must"] == {"passed": 2, "of": 2}
    assert document["models"][1]["checks"][0]["findings"][0]["fix"] == "Change the route."
    assert document["models"][0]["checks"][0]["tokens"] == {"input": 10, "output": 5}
