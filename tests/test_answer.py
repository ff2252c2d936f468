from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.answer import (
    MAX_PAYLOAD_CHARACTERS,
    Answer,
    Check,
    ConfigFile,
    Finding,
    sort_findings,
    verdict_of,
)


def finding(severity: str = "error", problem: str = "it is broken") -> Finding:
    return Finding.model_validate(
        {"id": "unknown", "severity": severity, "confidence": "high", "problem": problem, "why": "w", "fix": "f"}
    )


def test_document_leaves_out_nulls_and_empty_lists_and_keeps_section_order() -> None:
    answer = Answer(
        verdict="ok", quick_answer="q", verification=[Check(title="t", status="pass", detail="d")], context=["c"]
    )
    assert answer.document() == {
        "verdict": "ok",
        "quick_answer": "q",
        "verification": [{"title": "t", "status": "pass", "detail": "d"}],
        "context": ["c"],
    }
    assert list(answer.document()) == ["verdict", "quick_answer", "verification", "context"]


def test_a_small_answer_is_bounded_to_itself() -> None:
    answer = Answer(verdict="errors", quick_answer="q", findings=[finding()])
    assert answer.bounded() is answer


def test_a_file_that_does_not_fit_is_left_out_whole_never_cut() -> None:
    content = "model_list:\n" * 5_000
    answer = Answer(
        verdict="unknown",
        quick_answer="q",
        config=[ConfigFile(path="big.yaml", language="yaml", content=content, why="w")],
    )
    short = answer.bounded().config[0]
    assert "left out here: 60,000 characters" in short.content
    assert "model_list" not in short.content


def test_shed_findings_are_counted() -> None:
    answer = Answer(verdict="errors", quick_answer="q", findings=[finding(problem="p" * 300) for _ in range(200)])
    short = answer.bounded()
    assert len(short.findings) <= 20
    assert "180 more findings are left out" in short.context[0]


long_text = st.text(max_size=3_000).map(lambda t: t * 10)


@given(
    quick=long_text,
    contexts=st.lists(long_text, max_size=6),
    findings=st.lists(long_text, max_size=60),
    files=st.lists(long_text, max_size=5),
    checks=st.lists(long_text, max_size=40),
)
def test_no_input_makes_an_answer_longer_than_its_bound(
    quick: str, contexts: list[str], findings: list[str], files: list[str], checks: list[str]
) -> None:
    answer = Answer(
        verdict="errors",
        quick_answer=quick,
        context=contexts,
        findings=[finding(problem=p) for p in findings],
        config=[ConfigFile(path="p", language="text", content=c, why="w") for c in files],
        verification=[Check(title="t", status="fail", detail=d, command=d) for d in checks],
    )
    size = len(json.dumps(answer.bounded().document(), ensure_ascii=False))
    assert size <= MAX_PAYLOAD_CHARACTERS


def test_errors_come_first_and_keep_their_order() -> None:
    a, b, c, d = finding("info"), finding("error", "first"), finding("warning"), finding("error", "second")
    assert sort_findings([a, b, c, d]) == [b, d, c, a]


def test_ok_needs_proof() -> None:
    assert verdict_of([], proven=False) == "unknown"
    assert verdict_of([], proven=True) == "ok"
    assert verdict_of([finding("warning")], proven=True) == "warnings"
    assert verdict_of([finding("warning"), finding("error")], proven=True) == "errors"
