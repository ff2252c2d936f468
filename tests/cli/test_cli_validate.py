"""``llm-gateway validate``: exit codes, formats, and what a person sees."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mcp_server.cli import main
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED, EXIT_USAGE
from mcp_server.cli.validate import EXITS, FORMATS
from mcp_server.validate.rules import RULES

RULE = "number-as-string-breaks-streaming"
ERROR = "router_settings:\n  num_retries: '3'\n"
WARNING = "litellm_settings:\n  no_such_key_of_ours: 1\n"
INFO = "general_settings: {}  # llm-gateway: ignore[model-retired]\n"
CLEAN = "general_settings: {}\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("error", ERROR), ("warning", WARNING), ("info", INFO), ("clean", CLEAN)):
        Path(f"{name}.yaml").write_text(text)
    return tmp_path


def validate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Only the findings these tests are about."""
    with pytest.raises(SystemExit) as caught:
        main(
            [
                "validate",
                *arguments,
                "--kind",
                "litellm",
                "--ignore",
                "master-key,model-list-missing",
                "--environment",
                "ignore",
            ]
        )
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["clean.yaml"], EXIT_OK),
        (["info.yaml"], EXIT_OK),
        (["info.yaml", "--fail-on", "info"], EXIT_PROBLEMS),
        (["warning.yaml"], EXIT_PROBLEMS),
        (["warning.yaml", "--fail-on", "error"], EXIT_OK),
        (["error.yaml", "--fail-on", "error"], EXIT_PROBLEMS),
        (["clean.yaml", "error.yaml"], EXIT_PROBLEMS),
        ([], EXIT_USAGE),
        (["clean.yaml", "--kind", "litelm"], EXIT_USAGE),
        (["clean.yaml", "--select", "no-such-rule-of-ours"], EXIT_USAGE),
        (["clean.yaml", "--format", "xml"], EXIT_USAGE),
        (["clean.yaml", "--baseline", "missing.json"], EXIT_USAGE),
        (["clean.yaml", "--update-baseline"], EXIT_USAGE),
        (["clean.yaml", "--unsafe-fixes"], EXIT_USAGE),
        (["clean.yaml", "--stdin-name", "x"], EXIT_USAGE),
        (["--explain", "no-such-rule-of-ours"], EXIT_USAGE),
        ([""], EXIT_USAGE),
        (["nul\0byte"], EXIT_UNCHECKED),
        (["x" * 5_000], EXIT_UNCHECKED),
        (["missing.yaml"], EXIT_UNCHECKED),
        (["error.yaml", "missing.yaml"], EXIT_UNCHECKED),
        (["error.yaml", "--baseline", "known.json", "--update-baseline"], EXIT_OK),
        (["error.yaml", "--baseline", "no/such/folder/known.json", "--update-baseline"], EXIT_UNCHECKED),
    ],
)
def test_exit_codes_are_those_of_the_manual(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    kind = [] if "--kind" in arguments else ["--kind", "litellm"]
    with pytest.raises(SystemExit) as caught:
        main(["validate", *arguments, *kind, "--ignore", "master-key,model-list-missing", "--environment", "ignore"])
    out, err = capsys.readouterr()
    assert (caught.value.code or 0) == code, out + err
    assert "Traceback" not in err
    assert "internal error" not in err


@pytest.mark.parametrize("format_", FORMATS)
def test_the_format_does_not_change_the_exit_code(capsys: pytest.CaptureFixture[str], format_: str) -> None:
    codes = [
        validate(capsys, *files, "--format", format_)[0]
        for files in (["clean.yaml"], ["clean.yaml", "error.yaml"], ["missing.yaml", "error.yaml"])
    ]
    assert codes == [EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED]


def test_exit_codes_stand_in_the_help_and_in_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = validate(capsys, "--help")
    assert EXITS.rstrip() in out
    table = (ROOT / "docs" / "validate.md").read_text(encoding="utf-8")
    for code in (EXIT_OK, EXIT_PROBLEMS, EXIT_USAGE, EXIT_UNCHECKED):
        assert f"\n| {code} | " in table


def test_one_file_has_the_four_sections_and_several_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    _, one, _ = validate(capsys, "error.yaml")
    assert "── Verification ─" in one
    assert "    2 |   num_retries: '3'" in one
    _, several, _ = validate(capsys, "error.yaml", "clean.yaml")
    assert "──" not in several
    assert several.endswith("\n\n2 files checked: 1 error\n")
    _, folder, _ = validate(capsys, ".", "--select", "error")
    assert "error.yaml:2:16" in folder


def test_json_is_the_answer_for_one_file_and_the_documented_object_for_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = validate(capsys, "error.yaml", "--format", "json")
    answer = json.loads(out)
    assert answer["findings"][0]["id"] == RULE
    assert validate(capsys, "error.yaml", "--json")[1] == out
    _, out, _ = validate(capsys, "error.yaml", "missing.yaml", "--json")
    data = json.loads(out)
    assert data["files"][0] == {"path": "error.yaml", "kind": "litellm", "answer": answer}
    assert data["files"][1]["answer"]["verdict"] == "unknown"
    shown = (ROOT / "docs" / "validate.md").read_text(encoding="utf-8").split("```json shape.json\n")[1].split("```")[0]
    assert list(data["summary"]) == list(json.loads(shown)["summary"])
    assert (data["summary"]["files"], data["summary"]["unread"], data["summary"]["errors"]) == (1, 1, 1)


def test_one_missing_file_is_one_clear_sentence_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    for format_ in FORMATS:
        _, out, err = validate(capsys, "eror.yaml", "--format", format_)
        assert "eror.yaml does not exist." in out, format_
        assert "Did you mean error.yaml?" in out
        assert err == ""


def test_machine_formats_are_well_formed(capsys: pytest.CaptureFixture[str]) -> None:
    files = ("error.yaml", "warning.yaml", "missing.yaml")
    assert json.loads(validate(capsys, *files, "--format", "sarif")[1])["version"] == "2.1.0"
    assert ElementTree.fromstring(validate(capsys, *files, "--format", "junit")[1]).tag == "testsuites"
    assert validate(capsys, *files, "--format", "github")[1].startswith("::error file=error.yaml,line=2,col=16,")


def test_fix_repairs_shows_the_diff_and_is_idempotent(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = validate(capsys, "error.yaml", "--diff")
    assert code == EXIT_PROBLEMS
    assert "+  num_retries: 3" in out
    assert Path("error.yaml").read_text() == ERROR
    code, out, _ = validate(capsys, "error.yaml", "--fix")
    assert code == EXIT_OK
    assert "+  num_retries: 3" in out
    assert out.endswith("\n1 file checked: nothing found; 1 fixed\n")
    assert Path("error.yaml").read_text() == ERROR.replace("'3'", "3")
    code, out, _ = validate(capsys, "error.yaml", "--fix")
    assert "fixed" not in out
    assert Path("error.yaml").read_text() == ERROR.replace("'3'", "3")


def test_the_baseline_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = validate(capsys, "error.yaml", "--baseline", "known.json", "--update-baseline")
    assert out.endswith("known.json written\n")
    code, out, _ = validate(capsys, "error.yaml", "--baseline", "known.json")
    assert (code, out.rsplit("\n\n", 1)[1]) == (0, "1 file checked: nothing found; 1 known from the baseline\n")
    Path("error.yaml").write_text(CLEAN)
    assert "1 of the baseline no longer there" in validate(capsys, "error.yaml", "--baseline", "known.json")[1]


def test_every_rule_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in RULES:
        code, out, _ = validate(capsys, "--explain", rule.ID)
        assert code == EXIT_OK
        for part in (rule.ID, "\nWhat: ", "\nWhy: ", "\nFix: ", "\nBad:\n", "\nGood:\n"):
            assert part in out
    _, out, _ = validate(capsys, "--explain", RULE, "--format", "json")
    assert json.loads(out)["id"] == RULE


def test_an_unknown_rule_is_explained_by_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = validate(capsys, "--explain", "unknow-key")
    assert "Did you mean unknown-key?" in err


def test_the_list_of_rules_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = validate(capsys, "--list-rules")
    head, *rows = out.splitlines()
    assert head.split()[:3] == ["rule", "severity", "fix"]
    assert [row.split()[0] for row in rows] == [rule.ID for rule in RULES]
    _, out, _ = validate(capsys, "--list-rules", "--json")
    data = json.loads(out)
    assert [row["id"] for row in data] == [rule.ID for rule in RULES]
    assert {row["fix"] for row in data} == {"safe", "unsafe", "no"}
    assert set(data[0]) == {"id", "kinds", "severity", "fix", "title"}


def test_standard_input_is_read_as_bytes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a: \xff\n")))
    code, out, _ = validate(capsys, "-", "--stdin-name", "conf/litellm.yaml", "--format", "github")
    assert code == EXIT_PROBLEMS
    assert out.startswith("::error file=conf/litellm.yaml,line=1,col=4,title=yaml-syntax::the byte 0xff")


def test_an_output_without_unicode_gets_escapes_instead_of_a_crash() -> None:
    program = "from mcp_server.cli import main; main()"
    for format_ in FORMATS:
        done = subprocess.run(
            [sys.executable, "-c", program, "validate", "error.yaml", "missing-é.yaml", "--format", format_],
            env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (EXIT_UNCHECKED, b"")
        assert done.stdout.isascii()
        assert b"missing-" in done.stdout


def test_colour_is_for_terminals_only(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in validate(capsys, "error.yaml", "clean.yaml")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in validate(capsys, "error.yaml", "clean.yaml")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in validate(capsys, "error.yaml", "clean.yaml")[1]


def test_the_parser_imports_nothing_heavy() -> None:
    heavy = ("pydantic", "yaml", "xml", "mcp", "httpx", "mcp_server.validate", "mcp_server.answer")
    program = (
        "import sys; from mcp_server.cli import _parser; _parser(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
