from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from outcomes import SECRET, awkward

from mcp_server.answer import Severity
from mcp_server.render.junit import junit

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_report_follows_the_schema_whatever_the_files_hold(here: Path) -> None:
    text = junit(awkward(here))
    SCHEMA.validate(text.encode())
    assert not SCHEMA.is_valid(text.replace('tests="', 'test="').encode())
    assert SECRET[14:] not in text
    assert text.isascii()


def test_every_file_is_a_suite_with_true_counts(here: Path) -> None:
    outcome = awkward(here)
    root = ElementTree.fromstring(junit(outcome))
    assert [suite.get("name") for suite in root] == [file.shown for file in outcome.files]
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    assert root.get("failures") == str(len(root.findall(".//failure")))


def test_a_clean_file_passes_an_unread_one_is_an_error_and_silenced_findings_are_skipped(here: Path) -> None:
    root = ElementTree.fromstring(junit(awkward(here)))
    suites = {suite.get("name"): suite for suite in root}
    (case,) = suites["clean.yaml"]
    assert (case.get("name"), len(case)) == ("nothing found", 0)
    (error,) = suites["missing.yaml"].findall("testcase/error")
    assert "does not exist" in (error.text or "")
    assert any("written for the next release" in (s.get("message") or "") for s in root.findall(".//skipped"))


def test_findings_below_the_limit_pass_and_keep_their_text(here: Path) -> None:
    outcome = awkward(here)

    def failures(fail_on: Severity) -> int:
        return len(ElementTree.fromstring(junit(outcome, fail_on=fail_on)).findall(".//failure"))

    assert failures("error") < failures("warning") < failures("info") == len(outcome.findings)
    assert "tier-unmapped" in junit(outcome)
