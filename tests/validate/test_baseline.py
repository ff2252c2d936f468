from __future__ import annotations

import json

import pytest

from mcp_server.answer import Finding, Where
from mcp_server.errors import UsageError
from mcp_server.validate.baseline import Baseline, fingerprint


def finding(
    problem: str = "there are 3 mistakes", rule: str = "unknown-key", key: str = "a[0].b", line: int = 1
) -> Finding:
    return Finding(
        id=rule,
        severity="error",
        confidence="high",
        where=Where(file="f", line=line, column=1, key=key),
        problem=problem,
        why="w",
        fix="f",
    )


def written(*findings: Finding, path: str = "a.yaml") -> str:
    baseline = Baseline()
    known = baseline.judge(path)
    assert not any(known(f) for f in findings)
    baseline.checked.add(path)
    return baseline.updated({f.id for f in findings})


def test_known_findings_are_known_wherever_they_moved_and_new_ones_are_not() -> None:
    baseline = Baseline.load(written(finding(), finding(rule="master-key")))
    known = baseline.judge("a.yaml")
    assert known(finding(line=99, key="a[7].b"))
    assert not known(finding())  # a second one of the same sort
    assert not known(finding("something else"))
    assert not baseline.judge("b.yaml")(finding())


def test_numbers_and_tails_of_keys_are_no_part_of_a_fingerprint() -> None:
    first = fingerprint(finding("a credential stands here (key, 46 characters, ends in …zQ7z)"), "a")
    second = fingerprint(finding("a credential stands here (key, 51 characters, ends in …Ab3_)"), "a")
    assert first == second


def test_the_file_names_no_line_and_no_wording() -> None:
    data = json.loads(written(finding("the text x-y-z"), finding("the text x-y-z")))
    assert data["version"] == 1
    (row,) = data["findings"]
    assert set(row) == {"path", "rule", "key", "problem", "count"}
    assert row["count"] == 2
    assert "x-y-z" not in json.dumps(data)


def test_entries_that_no_longer_occur_are_stale_only_where_this_run_could_see_them() -> None:
    baseline = Baseline.load(written(finding()))
    assert baseline.stale({"unknown-key"}) == 0  # a.yaml was not checked
    baseline.judge("a.yaml")
    baseline.checked.add("a.yaml")
    assert baseline.stale(set()) == 0  # the rule did not run
    assert baseline.stale({"unknown-key"}) == 1


def test_an_update_drops_what_is_gone_and_keeps_what_was_not_judged() -> None:
    baseline = Baseline.load(written(finding(), finding(rule="master-key")))
    known = baseline.judge("a.yaml")
    baseline.checked.add("a.yaml")
    known(finding("new"))
    rows = json.loads(baseline.updated({"unknown-key"}))["findings"]
    assert [row["rule"] for row in rows] == ["master-key", "unknown-key"]
    assert [row["problem"] for row in rows if row["rule"] == "unknown-key"] == [fingerprint(finding("new"), "").problem]


def test_the_last_check_of_a_file_counts() -> None:
    baseline = Baseline()
    baseline.judge("a.yaml")(finding())
    baseline.judge("a.yaml")(finding())
    baseline.checked.add("a.yaml")
    assert "count" not in json.loads(baseline.updated(["unknown-key"]))["findings"][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "version"),
        ('{"version": 2, "findings": []}', "version"),
        ('{"version": 1}', "findings is not a list"),
        ('{"version": 1, "findings": [1]}', "finding 1"),
        ('{"version": 1, "findings": [{"path": "a", "rule": "b", "key": "c"}]}', "finding 1"),
        (
            '{"version": 1, "findings": [{"path": "a", "rule": "b", "key": "c", "problem": "d", "count": 0}]}',
            "finding 1",
        ),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Baseline.load(text)
