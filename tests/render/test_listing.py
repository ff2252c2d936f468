from __future__ import annotations

import re
from pathlib import Path

import pytest
from outcomes import SECRET, awkward

from mcp_server.operations.validate_files import Request, run
from mcp_server.render.listing import listing, summary_line

RULE = "number-as-string-breaks-streaming"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_finding_has_its_place_its_line_a_caret_and_the_help(here: Path) -> None:
    Path("a.yaml").write_text("router_settings:\n  num_retries: '3'\n")
    from mcp_server.validate.selection import Selection

    text = listing(run(Request(("a.yaml",), environment="ignore", selection=Selection((RULE,)))))
    assert text == (
        "a.yaml (LiteLLM configuration)\n"
        "\n"
        f"error[{RULE}]: num_retries is the text '3', and must be a number\n"
        "  --> a.yaml:2:16 (router_settings.num_retries)\n"
        "    2 |   num_retries: '3'\n"
        "                       ^\n"
        "  = help: write num_retries: 3\n"
        "\n"
        "1 file checked: 1 error\n"
    )


def test_the_last_line_counts_everything(here: Path) -> None:
    outcome = awkward(here)
    n = outcome.summary()
    line = summary_line(outcome)
    assert line.startswith(f"3 files checked: {n['errors']} errors, {n['warnings']} warning")
    assert f"{n['suppressed']} silenced by comments" in line
    assert "1 place could not be checked" in line


def test_a_clean_file_is_only_counted(here: Path) -> None:
    awkward(here)
    assert listing(run(Request(("clean.yaml",), environment="ignore"))) == "1 file checked: nothing found\n"


def test_names_contents_and_secrets_cannot_spoil_the_screen(here: Path) -> None:
    text = listing(awkward(here))
    assert SECRET[14:] not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


def test_colour_changes_nothing_but_attributes(here: Path) -> None:
    outcome = awkward(here, diff=True)
    coloured = listing(outcome, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == listing(outcome)


def test_lines_fit_the_width_except_source_and_places(here: Path) -> None:
    kept = ("  --> ", "    ", "---", "+++")
    long = [line for line in listing(awkward(here), width=60).splitlines()[:-1] if len(line) > 60]
    assert [line for line in long if not line.startswith(kept) and " | " not in line and "(" not in line] == []
