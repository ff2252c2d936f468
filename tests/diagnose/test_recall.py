"""How often the engine is right on labelled texts, how often surely wrong, and what it leaves alone.

The cases were read by the people who wrote the signals, so these numbers hold what was reached; they do not prove how
new cases fare. ``maintenance/diagnosis_score.py --cross-validate`` comes nearer to that.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mcp_server.catalogue.load import causes
from mcp_server.diagnose.author import read
from mcp_server.diagnose.evidence import Diagnosis, diagnose

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "labelled.yaml").read_text(encoding="utf-8"))["cases"]


@cache
def answers() -> list[tuple[dict[str, Any], Diagnosis]]:
    return [(case, diagnose(read(f"{case['symptom']}\n\n{case.get('context', '')}"))) for case in CASES]


def accepted(case: dict[str, Any]) -> set[str]:
    return {case["cause"], *case.get("also", [])}


def test_the_labelled_file_is_well_formed() -> None:
    assert len(CASES) > 300
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
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
