"""How often the engine is right on labelled texts, how often surely wrong, and what it leaves alone.

The labelled cases were read by the people who wrote the signals, so those numbers hold what was reached; they do not
prove how new cases fare. The held-out third of gathered.yaml, which nothing was trained on or tuned to, and
``maintenance/diagnosis_score.py --cross-validate`` come nearer to that.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.catalogue.load import causes
from mcp_server.diagnose.author import read
from mcp_server.diagnose.evidence import UNKNOWN, Diagnosis, diagnose

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "labelled.yaml").read_text(encoding="utf-8"))["cases"]
GATHERED: list[dict[str, Any]] = yaml.safe_load((HERE / "gathered.yaml").read_text(encoding="utf-8"))["cases"]
UNRELATED: list[str] = yaml.safe_load((HERE / "unrelated.yaml").read_text(encoding="utf-8"))["errors"]


@cache
def answers() -> list[tuple[dict[str, Any], Diagnosis]]:
    return [(case, diagnose(read(f"{case['symptom']}\n\n{case.get('context', '')}"))) for case in CASES]


@cache
def held_out() -> list[tuple[dict[str, Any], Diagnosis]]:
    return [(case, diagnose(read(case["symptom"]))) for case in GATHERED if case.get("held_out")]


def accepted(case: dict[str, Any]) -> set[str]:
    return {case["cause"], *case.get("also", [])}


def test_the_files_of_cases_are_well_formed() -> None:
    assert len(CASES) > 300
    assert len(GATHERED) > 240
    assert len({case["id"] for case in CASES + GATHERED}) == len(CASES) + len(GATHERED)
    for case in CASES + GATHERED:
        assert accepted(case) <= set(causes()), case["id"]


def test_the_first_cause_is_right_and_the_first_three_hold_it() -> None:
    first = [c["id"] for c, r in answers() if r.cause not in accepted(c)]
    three = [c["id"] for c, r in answers() if not accepted(c) & {x.cause for x in r.ranked[:3]}]
    assert len(first) <= 0.04 * len(CASES), first
    assert len(three) <= 0.02 * len(CASES), three


def test_high_confidence_is_wrong_in_at_most_three_of_a_hundred() -> None:
    high = [(c, r) for c, r in answers() if r.confidence == "high"]
    wrong = [c["id"] for c, r in high if r.cause not in accepted(c)]
    assert len(high) > 0.4 * len(CASES)
    assert len(wrong) <= 0.03 * len(high), wrong


def test_new_texts_alone_are_named_rightly_and_none_is_surely_wrong() -> None:
    first = [c["id"] for c, r in held_out() if r.cause not in accepted(c)]
    three = [c["id"] for c, r in held_out() if not accepted(c) & {x.cause for x in r.ranked[:3]}]
    surely = [c["id"] for c, r in held_out() if r.confidence == "high" and r.cause not in accepted(c)]
    assert len(held_out()) > 100
    assert len(first) <= 0.12 * len(held_out()), first
    assert len(three) <= 0.06 * len(held_out()), three
    assert surely == []


def test_nothing_held_out_is_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE.parents[1] / "maintenance"))
    import diagnosis_words

    trained = {document.text for document in diagnosis_words.project_documents()}
    assert {case["symptom"] for case in GATHERED if not case.get("held_out")} <= trained
    assert [case["id"] for case in GATHERED if case.get("held_out") and case["symptom"] in trained] == []


def test_errors_of_other_programs_are_left_alone() -> None:
    answered = [text for text in UNRELATED if diagnose(read(text)).cause != UNKNOWN]
    assert len(UNRELATED) > 290
    assert len(answered) <= 0.04 * len(UNRELATED), answered
