"""Whatever standard streams, folder and locale the caller hands over: an answer or one clear sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mcp_server
from mcp_server.cli import main

PROGRAM = [sys.executable, "-c", "from mcp_server.cli import main; main()"]
SOURCE = str(Path(mcp_server.__file__).parents[1])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".claude").mkdir()
    return tmp_path


def shell(home: Path, script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs ``script`` in an otherwise empty environment; ``$@`` there is the command."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *PROGRAM],
        cwd=home,
        env={"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": SOURCE, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("verb", ["history", "diagnose -", "init"])
def test_closed_streams_are_no_defect(home: Path, closed: str, verb: str) -> None:
    done = shell(home, f'"$@" {verb} {closed}')
    assert done.returncode == {"history": 0, "diagnose -": 3, "init": 0}[verb]
    assert "internal error" not in done.stdout + done.stderr


def test_no_file_of_ours_takes_the_place_of_a_closed_output(home: Path) -> None:
    done = shell(home, '"$@" apply --set env.A=1 >&-')
    assert done.returncode == 0
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert not any(b"Quick Answer" in path.read_bytes() for path in files)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
@pytest.mark.parametrize("verb", ["history", "diff --set env.A=1", "diff --json --set env.A=1"])
def test_output_on_a_full_disk_is_said_and_is_no_success(home: Path, verb: str) -> None:
    done = shell(home, f'"$@" {verb} >/dev/full')
    assert done.returncode == 3
    assert "the output cannot be written: no space left on device" in done.stderr
    assert "internal error" not in done.stderr


def test_folder_that_was_removed_meanwhile_is_said(home: Path) -> None:
    (home / "gone").mkdir()
    done = shell(home, 'cd gone && rmdir ../gone && "$@" doctor')
    assert done.returncode == 3
    assert "the current folder no longer exists" in done.stderr


def test_text_of_a_locale_without_utf8_is_written_as_utf8(home: Path) -> None:
    more = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell(home, '"$@" apply --set "env.GREETING=日本 é"', **more)
    assert done.returncode == 0, done.stderr
    assert '"日本 é"' in (home / ".claude" / "settings.json").read_text("utf-8")


@pytest.mark.parametrize("argument", ["env.A=\udcff", "a\udcff=1"])
def test_bytes_that_are_no_text_are_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["diff", "--set", argument])
    assert ended.value.code == 2
    assert "no UTF-8 text" in capsys.readouterr().err


def test_what_the_system_refuses_is_named_and_called_no_defect(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(home / "secret.json"))

    monkeypatch.setattr("mcp_server.cli.change._history", lambda **_: refuse())
    with pytest.raises(SystemExit) as ended:
        main(["history"])
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert "secret.json: permission denied" in said
    assert "defect" not in said


def test_ctrl_c_that_an_import_wraps_is_still_ctrl_c(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrap(**_: object) -> int:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise RuntimeError("Error calling __set_name__") from error

    monkeypatch.setattr("mcp_server.cli.change._history", wrap)
    with pytest.raises(SystemExit) as ended:
        main(["history"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "llm-gateway: stopped.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["apply", "--to", "~no-such-user/x.json", "--set", "a=1"],
        ["compare", "~no-such-user/x.json", "y.json"],
        ["migrate", "~no-such-user/x"],
        ["rotate", "--variable", "X", "--file", "~no-such-user/x"],
        ["report", "--output", "~no-such-user/x"],
        ["doctor", "--config", "~no-such-user/x"],
    ],
)
def test_home_folder_of_nobody_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "~no-such-user/" in (said := capsys.readouterr().err)
    assert "the name of no user" in said


def test_user_without_a_home_folder_is_told_to_set_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: str) -> None:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("LLM_GATEWAY_STATE", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(SystemExit) as ended:
        main(["history"])
    assert ended.value.code == 2
    assert "export HOME=" in capsys.readouterr().err
