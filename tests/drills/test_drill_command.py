"""``llm-gateway drill``: names, wrong usage, and the exit code for what cannot be rehearsed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from mcp_server.answer import Answer, Check, Finding
from mcp_server.cli import main
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED, EXIT_USAGE
from mcp_server.errors import GatewayError, UsageError
from mcp_server.lab.drills import DRILLS
from mcp_server.operations import drill
from mcp_server.operations.drill import NAMES, Rehearsed


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["drill", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_every_name_of_the_command_is_a_drill() -> None:
    assert tuple(sorted(DRILLS)) == tuple(sorted(NAMES))
    assert all(drill.id == name for name, drill in DRILLS.items())


def test_an_unknown_drill_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean fallback"):
        asyncio.run(drill.run("fallbak"))


def test_wrong_usage_and_unreadable_files_have_their_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("nothing") == EXIT_USAGE
    assert command("fallback") == EXIT_USAGE
    assert command("fallback", "--config", "gone.yaml") == EXIT_UNCHECKED
    assert "gone.yaml does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verdict", "code"),
    [("ok", EXIT_OK), ("warnings", EXIT_OK), ("errors", EXIT_PROBLEMS), ("unknown", EXIT_UNCHECKED)],
)
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_the_verdict_decides_the_exit_code_in_every_format(
    verdict: str, code: int, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding(id="fallback_not_applied", severity="error", confidence="high", problem="p", why="w", fix="f")
    answer = Answer.model_validate({"verdict": verdict, "quick_answer": "q", "findings": [finding]})
    answer.verification.append(Check(title="row of the protocol", status="pass", detail="seen"))

    async def rehearsed(*_: object) -> Rehearsed:
        return Rehearsed(answer, [{"lost": 2}])

    monkeypatch.setattr(drill, "run", rehearsed)
    assert command("fallback", "--format", form) == code
    out = capsys.readouterr().out
    assert "row of the protocol" in out
    if form == "json":
        assert json.loads(out)["measured"] == [{"lost": 2}]


def test_a_gateway_that_does_not_start_is_not_called_a_failure_of_the_drill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refused(*_: object) -> Rehearsed:
        raise GatewayError("LiteLLM ended", "correct the file")

    monkeypatch.setattr(drill, "run", refused)
    assert command("failover") == EXIT_UNCHECKED
    assert "correct the file" in capsys.readouterr().err
