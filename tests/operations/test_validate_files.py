"""Many files in one run: none stops the others, the baseline is kept, and repairs reach only what was asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.validate_files import Request, run
from mcp_server.validate.outcome import Outcome
from mcp_server.validate.selection import Selection

GOOD = "model_list: []\n"
BAD = "router_settings:\n  num_retries: '3'  # twice\n"
RULE = "number-as-string-breaks-streaming"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(*paths: str, **more: object) -> Outcome:
    request = Request(paths, environment="ignore", selection=Selection((RULE,)))
    return run(replace(request, **more))  # type: ignore[arg-type]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(here: Path) -> None:
    Path("bad.yaml").write_text(BAD)
    Path("text.txt").write_text("just words")
    outcome = ask("missing.yaml", "bad.yaml", "text.txt")
    assert [f.path for f in outcome.unread] == ["missing.yaml", "text.txt"]
    assert all(f.answer.verdict == "unknown" and f.answer.findings == [] for f in outcome.unread)
    assert [f.id for f in outcome.findings] == [RULE]


def test_the_same_file_is_checked_once_however_it_is_named(here: Path) -> None:
    Path("bad.yaml").write_text(BAD)
    outcome = ask("bad.yaml", "./bad.yaml", str(here / "bad.yaml"), ".")
    assert [f.path for f in outcome.files] == ["bad.yaml"]


def test_paths_are_relative_to_the_working_directory_and_absolute_outside(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "bad.yaml"
    other.write_text(BAD)
    Path("sub").mkdir()
    Path("sub/bad.yaml").write_text(BAD)
    assert [f.path for f in ask("sub", str(other)).files] == ["sub/bad.yaml", str(other)]


def test_an_empty_folder_is_no_clean_result(here: Path) -> None:
    (file,) = ask(".").files
    assert file.unread is not None
    assert "nothing was checked" in file.unread.problem


def test_standard_input_is_judged_by_the_name_it_is_given(here: Path) -> None:
    text = b'{"env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com/v1"}}'
    request = Request(("-",), stdin=text, stdin_name=".claude/settings.json", environment="ignore")
    (file,) = run(request).files
    assert (file.path, file.kind) == (".claude/settings.json", "claude-settings")
    assert any(f.id == "credential-in-project-settings" for f in file.report.findings)  # a project's file
    (unnamed,) = run(replace(request, stdin_name=None)).files
    assert unnamed.path == "standard input"


def test_bytes_of_standard_input_are_judged_as_bytes(here: Path) -> None:
    (file,) = run(Request(("-",), stdin=b"a: \xff\n", kind="litellm")).files
    assert "not valid UTF-8" in file.report.findings[0].problem


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "litelm"}, "litellm"),
        ({"update_baseline": True}, "--baseline FILE"),
        ({"baseline": "missing.json"}, "does not exist"),
        ({"baseline": "bad.yaml"}, "not JSON"),
        ({"litellm": "newest"}, "is no release"),
    ],
)
def test_what_is_asked_wrongly_is_a_usage_error(here: Path, more: dict[str, object], said: str) -> None:
    Path("bad.yaml").write_text(BAD)
    with pytest.raises(UsageError, match=said):
        ask("bad.yaml", **more)


def test_standard_input_cannot_be_repaired_but_shows_how(here: Path) -> None:
    with pytest.raises(UsageError, match="--diff"):
        ask("-", stdin=BAD.encode(), fix=True)
    (file,) = ask("-", stdin=BAD.encode(), diff=True).files
    assert "+  num_retries: 3  # twice" in file.diff


# -- baseline


def test_known_findings_do_not_count_and_new_ones_do(here: Path) -> None:
    Path("sub").mkdir()
    Path("sub/bad.yaml").write_text(BAD)
    first = ask("sub/bad.yaml", baseline="known.json", update_baseline=True)
    assert first.updated
    assert json.loads(Path("known.json").read_text())["findings"][0]["path"] == "sub/bad.yaml"
    Path("sub/bad.yaml").write_text("# a new line\n" + BAD + "litellm_settings:\n  num_retries: '5'\n")
    (file,) = ask("sub/bad.yaml", baseline="known.json").files
    assert [f.where.key for f in file.report.known if f.where] == ["router_settings.num_retries"]
    assert [f.where.key for f in file.report.findings if f.where] == ["litellm_settings.num_retries"]
    assert any(c.title == "1 finding known from the baseline" for c in file.answer.verification)


def test_the_baseline_works_from_another_working_directory(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sub").mkdir()
    Path("sub/bad.yaml").write_text(BAD)
    ask(".", baseline="known.json", update_baseline=True)
    monkeypatch.chdir(here / "sub")
    assert ask("bad.yaml", baseline="../known.json").findings == []


def test_entries_that_are_gone_are_told_and_dropped_on_request(here: Path) -> None:
    for name in ("one.yaml", "two.yaml", "three.yaml"):
        Path(name).write_text(BAD)
    ask(".", baseline="known.json", update_baseline=True)
    Path("one.yaml").write_text(GOOD)
    Path("two.yaml").unlink()
    assert ask("one.yaml", baseline="known.json").stale == 2
    ask("one.yaml", baseline="known.json", update_baseline=True)
    assert [row["path"] for row in json.loads(Path("known.json").read_text())["findings"]] == ["three.yaml"]


def test_a_file_that_cannot_be_read_keeps_its_entries(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bad.yaml").write_text(BAD)
    ask("bad.yaml", baseline="known.json", update_baseline=True)
    before = Path("known.json").read_bytes()
    Path("bad.yaml").unlink()
    Path("bad.yaml").mkdir()
    assert ask("bad.yaml", baseline="known.json", update_baseline=True).unread
    assert Path("known.json").read_bytes() == before


def test_findings_of_one_severity_do_not_overwrite_the_others(here: Path) -> None:
    Path("bad.yaml").write_text(BAD)
    ask("bad.yaml", baseline="known.json", update_baseline=True)
    before = json.loads(Path("known.json").read_text())["findings"]
    ask("bad.yaml", baseline="known.json", update_baseline=True, selection=Selection(("info",)))
    assert before[0] in json.loads(Path("known.json").read_text())["findings"]


def test_a_baseline_holds_nothing_taken_from_a_secret(here: Path) -> None:
    texts = []
    for tail in ("Q7zA", "Q7zB"):
        Path("s.json").write_text(json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": "sk-ant-api03-" + "Q7z" * 12 + tail}}))
        ask("s.json", kind="claude-settings", baseline="known.json", update_baseline=True, selection=None)
        texts.append(Path("known.json").read_text())
        Path("known.json").unlink()
    assert "secret-in-clear" in texts[0]
    assert texts[0] == texts[1]


def test_a_baseline_that_cannot_be_written_leaves_the_old_one(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bad.yaml").write_text(BAD)
    Path("known.json").write_text('{"version": 1, "findings": []}')

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(GatewayError, match="cannot be written: permission denied"):
        ask("bad.yaml", baseline="known.json", update_baseline=True)
    assert sorted(p.name for p in here.iterdir()) == ["bad.yaml", "known.json"]
    assert Path("known.json").read_text() == '{"version": 1, "findings": []}'


# -- repairs


def test_diff_shows_and_fix_writes_the_same_change_once(here: Path) -> None:
    Path("bad.yaml").write_text(BAD)
    shown = ask("bad.yaml", diff=True)
    assert Path("bad.yaml").read_text() == BAD
    assert [f.id for f in shown.findings] == [RULE]
    written = ask("bad.yaml", fix=True)
    assert Path("bad.yaml").read_text() == BAD.replace("'3'", "3")
    assert shown.files[0].diff == written.files[0].diff
    assert written.findings == []
    assert written.files[0].answer.config[0].why == "these lines were changed in the file"
    again = ask("bad.yaml", fix=True)
    assert (again.files[0].fixed, again.files[0].diff) == (0, "")


def test_what_is_not_selected_silenced_or_known_is_not_repaired(here: Path) -> None:
    Path("bad.yaml").write_text(BAD)
    assert ask("bad.yaml", fix=True, selection=Selection(("master-key",))).files[0].fixed == 0
    ask("bad.yaml", baseline="known.json", update_baseline=True)
    assert ask("bad.yaml", fix=True, baseline="known.json").files[0].fixed == 0
    assert Path("bad.yaml").read_text() == BAD
    silenced = BAD.replace("# twice", f"# llm-gateway: ignore[{RULE}]")
    Path("bad.yaml").write_text(silenced)
    assert ask("bad.yaml", fix=True).files[0].fixed == 0
    assert Path("bad.yaml").read_text() == silenced


def test_a_file_that_cannot_be_written_is_reported_and_the_others_are_repaired(here: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(BAD)
    Path("a.yaml").chmod(0o444)
    outcome = ask("a.yaml", "b.yaml", fix=True)
    assert [f.path for f in outcome.unread] == ["a.yaml"]
    assert Path("b.yaml").read_text() == BAD.replace("'3'", "3")
