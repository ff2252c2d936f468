from __future__ import annotations

import pytest

from mcp_server.answer import Finding
from mcp_server.errors import UsageError
from mcp_server.operations.validate_config import check
from mcp_server.validate.rules import RULES
from mcp_server.validate.selection import ALL, Selection


def finding(rule: str, severity: str = "error") -> Finding:
    return Finding.model_validate(
        {"id": rule, "severity": severity, "confidence": "high", "problem": "p", "why": "w", "fix": "f"}
    )


@pytest.mark.parametrize(
    ("select", "ignore", "rule", "severity", "kept"),
    [
        ((), (), "unknown-key", "warning", True),
        (("unknown-key",), (), "unknown-key", "warning", True),
        (("unknown-",), (), "unknown-key", "warning", True),
        (("*-key",), (), "unknown-key", "warning", True),
        (("master-key",), (), "unknown-key", "warning", False),
        (("warning",), (), "unknown-key", "warning", True),
        (("error",), (), "unknown-key", "warning", False),
        ((), ("warning",), "unknown-key", "warning", False),
        ((), ("unknown-key",), "unknown-key", "warning", False),
        (("unknown-", "error"), ("unknown-key",), "unknown-key", "error", False),
        (("error", "master-key"), (), "master-key", "info", True),
    ],
)
def test_select_and_ignore_take_ids_beginnings_globs_and_severities(
    select: tuple[str, ...], ignore: tuple[str, ...], rule: str, severity: str, kept: bool
) -> None:
    selection = Selection(select, ignore)
    assert selection.keeps(finding(rule, severity)) is kept
    if kept:
        assert rule in {r.ID for r in selection.rules}


@pytest.mark.parametrize(("word", "close"), [("unknwon-key", "unknown-key"), ("eror", "error")])
def test_a_word_that_names_nothing_is_a_usage_error_with_the_nearest(word: str, close: str) -> None:
    for words in ({"select": (word,)}, {"ignore": (word,)}):
        with pytest.raises(UsageError, match=f"Did you mean {close}"):
            Selection(**words)


def test_everything_is_selected_by_default() -> None:
    assert ALL.rules == RULES


def test_why_a_file_cannot_be_read_is_told_whatever_is_selected() -> None:
    for selection in (Selection(select=("model-retired",)), Selection(ignore=("yaml-syntax", "error"))):
        checked = check(content="model_list: [\n", kind="litellm", selection=selection)
        assert [f.id for f in checked.answer.findings] == ["yaml-syntax"]
        assert checked.answer.verdict == "errors"


def test_findings_and_their_changes_stay_together() -> None:
    text = "router_settings:\n  num_retries: '3'\n  no_such_key: 1\nmodel_list: []\n"
    everything = check(content=text, kind="litellm", environment="ignore").report
    pairs = {id(c): f.id for f, c in zip(everything.findings, everything.changes, strict=True) if c}
    assert "number-as-string-breaks-streaming" in pairs.values()
    chosen = check(content=text, kind="litellm", environment="ignore", selection=Selection(("number-",), ())).report
    assert [f.id for f in chosen.findings] == ["number-as-string-breaks-streaming"]
    assert [c.edits[0].text for c in chosen.changes if c] == ["3"]
