"""``llm-gateway compatibility`` as a command: formats, files, exit codes, and what it says before it spends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcp_server.cli import main
from mcp_server.lab.serve import running
from tests.probe.checks.breaking import KEY, MODEL, Broken, refusal


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["compatibility", *arguments])
    printed = capsys.readouterr()
    return int(str(ended.value.code)), printed.out, printed.err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without settings of Claude Code, and with a key in a variable."""
    for name in ("HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("GATEWAY_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_gateway_ends_with_0_and_the_cost_is_told_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(Broken()) as url:
        code, out, err = run(
            capsys, MODEL, "--base-url", url, "--token-env", "GATEWAY_KEY", "--only", "tool_call,stop_reason"
        )
    assert code == 0, out + err
    assert "tool_call" in out
    assert "meet every must" in out
    assert "billed" in err
    assert KEY not in out + err


def test_a_failed_must_ends_with_1_in_every_format(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gateway = Broken(before=lambda call: refusal("no tools here") if call.tools else None)
    with running(gateway) as url:
        target = (MODEL, "--base-url", url, "--token-env", "GATEWAY_KEY", "--only", "tool_call")
        code, out, _ = run(capsys, *target, "--json")
        assert code == 1
        assert json.loads(out)["models"][0]["checks"][0]["outcome"] == "fail"
        code, out, _ = run(capsys, *target, "--format", "markdown", "--output", "report.md")
        assert code == 1
        assert out == "Written: report.md\n"
        assert "# Gateway compatibility" in (home / "report.md").read_text(encoding="utf-8")
        code, _, err = run(capsys, *target, "--output", "report.md")
        assert code == 2
        assert "exists already" in err


def test_a_dry_run_sends_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, MODEL, "--base-url", "http://127.0.0.1:9", "--token-env", "GATEWAY_KEY", "--dry-run", "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["costs"]["estimated_tokens"] > 10_000


def test_without_a_target_it_ends_with_3(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert (code, out) == (3, "")
    assert "what to do" in err


def test_an_unknown_check_ends_with_2_and_the_nearest_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--only", "tool_cal")
    assert code == 2
    assert "tool_call" in err


def test_all_checks_are_listed_with_their_level(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--list-checks")
    assert code == 0
    assert "client_request" in out
    code, out, _ = run(capsys, "--list-checks", "--json")
    assert {entry["requirement"] for entry in json.loads(out)} == {"must", "should", "optional"}
