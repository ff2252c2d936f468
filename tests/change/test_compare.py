"""Two configurations are compared by what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from mcp_server.change.compare import compare
from mcp_server.operations.compare_files import compare as compare_files
from tests.change.written_files import DATA


@given(DATA)
def test_a_configuration_says_the_same_as_itself(data: dict[str, object]) -> None:
    assert list(compare(data, json.loads(json.dumps(data)))) == []


@given(DATA, DATA)
def test_a_difference_is_seen_from_both_sides(left: dict[str, object], right: dict[str, object]) -> None:
    there = {(d.path, d.kind) for d in compare(left, right)}
    back = {(d.path, {"added": "removed", "removed": "added"}.get(d.kind, d.kind)) for d in compare(right, left)}
    assert there == back
    assert bool(there) == (json.dumps(left, sort_keys=True) != json.dumps(right, sort_keys=True))


def test_deployments_are_matched_by_name_not_by_place() -> None:
    left = {"model_list": [{"model_name": "a", "x": 1}, {"model_name": "b", "x": 1}]}
    right = {"model_list": [{"model_name": "b", "x": 2}, {"model_name": "a", "x": 1}]}
    assert [(d.path, d.kind) for d in compare(left, right)] == [("model_list.b.x", "changed")]


def test_files_of_different_layout_say_the_same(tmp_path: Path) -> None:
    yaml, other = tmp_path / "a.yaml", tmp_path / "b.json"
    yaml.write_text("# note\na: 1\nb: {c: 'x'}\n")
    other.write_text('{"b": {"c": "x"},\n"a": 1}')
    assert compare_files(yaml, other).verdict == "ok"


def test_differences_are_shown_and_credentials_are_not(tmp_path: Path) -> None:
    left, right = tmp_path / "a.env", tmp_path / "b.env"
    secret = "sk-" + "q7Zt" * 8
    left.write_text("A=1\nANTHROPIC_AUTH_TOKEN=old-word\n")
    right.write_text(f"B=2\nANTHROPIC_AUTH_TOKEN={secret}\n")
    answer = compare_files(left, right)
    assert answer.verdict == "warnings"
    shown = answer.config[0].content.splitlines()
    assert shown[0] == '- env.A: "1"'
    assert shown[1].startswith("~ env.ANTHROPIC_AUTH_TOKEN")
    assert shown[2] == '+ env.B: "2"'
    assert secret not in str(answer)
    assert "old-word" not in str(answer)


@pytest.mark.parametrize("text", ["{", "[1"])
def test_broken_file_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    from mcp_server.errors import GatewayError

    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    good.write_text("{}")
    bad.write_text(text)
    with pytest.raises(GatewayError, match=r"b\.json:1:"):
        compare_files(good, bad)
