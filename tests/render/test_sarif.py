from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker
from outcomes import AWKWARD, RULE, SECRET, awkward

from mcp_server.operations.validate_files import Request, run
from mcp_server.render.sarif import sarif
from mcp_server.validate.rules import RULES, get

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(log: dict[str, Any]) -> list[str]:
    return [e.message for e in Draft4Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(log)]


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = log["runs"][0]["results"]
    return found


def uri_of(result: dict[str, Any]) -> str:
    return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_the_log_follows_the_official_schema(here: Path) -> None:
    log = json.loads(json.dumps(sarif(awkward(here), 3)))
    assert errors(log) == []
    assert {r["level"] for r in results(log)} == {"error", "warning", "note"}
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert errors(log) != []  # the schema is really looked at


def test_with_a_baseline_too(here: Path) -> None:
    awkward(here, baseline="known.json", update_baseline=True)
    Path("settings.json").write_text('{"env": {"ANTHROPIC_BASE_URL": "gw.example.com/v1"}}')
    log = sarif(run(Request((AWKWARD, "settings.json"), environment="ignore", baseline="known.json")), 1)
    assert errors(log) == []
    states = {r["baselineState"]: r.get("suppressions", [{}])[0].get("kind") for r in results(log)}
    assert states["unchanged"] == "external"
    assert "new" in states


def test_every_rule_has_a_page_that_follows_the_schema() -> None:
    from mcp_server.render.sarif import _rule

    rules = [_rule(rule.ID) for rule in RULES]
    assert errors({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "n", "rules": rules}}}]}) == []
    for rule in rules:
        assert "```" in rule["help"]["markdown"]
        assert rule["help"]["text"]


def test_results_point_to_their_rules(here: Path) -> None:
    (log_run,) = sarif(awkward(here), 1)["runs"]
    rules = log_run["tool"]["driver"]["rules"]
    for result in log_run["results"]:
        rule = get(result["ruleId"])
        assert rule is not None
        assert rules[result["ruleIndex"]]["id"] == rule.ID


def test_paths_are_encoded_and_relative_to_the_sources(here: Path) -> None:
    uris = {uri_of(result) for result in results(sarif(awkward(here), 1))}
    assert AWKWARD in {unquote(uri) for uri in uris}
    assert all(not set(uri) & set(" %\n:") - {"%"} for uri in uris)


def test_a_file_outside_is_a_file_uri(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("a b") / "bad.yaml"
    other.write_text("router_settings:\n  num_retries: '3'\n")
    log = sarif(run(Request((str(other),), environment="ignore")), 1)
    location = results(log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": other.as_uri()}
    assert errors(log) == []


def test_findings_have_a_place_a_fingerprint_and_their_repair(here: Path) -> None:
    log = sarif(awkward(here), 1)
    (result,) = [r for r in results(log) if r["ruleId"] == RULE and "suppressions" not in r]
    place = result["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 16}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "router_settings.num_retries"
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 16, "endLine": 3, "endColumn": 19},
            "insertedContent": {"text": "3"},
        }
    ]
    prints = [(uri_of(r), r["partialFingerprints"]["llmGateway/v1"]) for r in results(log)]
    assert len(set(prints)) == len(prints)


def test_fingerprints_do_not_change_with_the_lines_above(here: Path) -> None:
    text = "router_settings:\n  num_retries: '3'\n"
    prints = []
    for before in ("", "# one\n# two\n"):
        Path("a.yaml").write_text(before + text)
        prints.append(
            [r["partialFingerprints"] for r in results(sarif(run(Request(("a.yaml",), environment="ignore")), 1))]
        )
    assert prints[0] == prints[1]


def test_silenced_findings_are_kept_as_suppressed_with_the_reason(here: Path) -> None:
    suppressed = [r for r in results(sarif(awkward(here), 1)) if "suppressions" in r]
    assert {r["suppressions"][0]["kind"] for r in suppressed} == {"inSource"}
    assert "written for the next release" in {r["suppressions"][0].get("justification") for r in suppressed}


def test_what_could_not_be_checked_is_a_notification_and_the_run_no_success(here: Path) -> None:
    (invocation,) = sarif(awkward(here), 3)["runs"][0]["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    (note,) = invocation["toolExecutionNotifications"]
    assert "missing.yaml does not exist" in note["message"]["text"]


def test_no_secret_is_in_the_log(here: Path) -> None:
    assert SECRET[14:] not in json.dumps(sarif(awkward(here), 1))
