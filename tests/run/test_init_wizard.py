"""``llm-gateway init`` on a pseudo terminal, as a person would answer it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from gateway_home import Home

from mcp_server.catalogue.models import models
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.operations import wizard
from mcp_server.redact import clean

ENTER, DOWN, CTRL_C, BACKSPACE = "\r", "\x1b[B", "\x03", "\x7f"
SECONDS = 90


class Terminal:
    """A program on a terminal of its own: waits for words, types answers."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self._mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            home.command(*arguments),
            cwd=home.project,
            env={**home.environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""
        self._from = 0

    def wait_for(self, words: str) -> Terminal:
        """Until ``words`` appear after what was waited for before."""
        deadline = time.monotonic() + SECONDS
        while words not in (text := clean(self.seen))[self._from :]:
            assert time.monotonic() < deadline, f"{words!r} did not appear: …{text[-3000:]}"
            assert self._read(), f"it ended before {words!r}: …{text[-3000:]}"
        self._from = text.index(words, self._from) + len(words)
        return self

    def answer(self, question: str, keys: str = "") -> Terminal:
        self.wait_for(question)
        self._listens()
        os.write(self._mine, f"{keys}{ENTER}".encode())
        return self

    def press(self, keys: str) -> Terminal:
        self._listens()
        os.write(self._mine, keys.encode())
        return self

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._mine)

    def _listens(self) -> None:
        """Until each key is handed over as it is: typed before, Enter would be another key."""
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self._mine)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "it asks nothing"
            time.sleep(0.02)

    def _read(self) -> bool:
        if not select.select([self._mine], [], [], 0.5)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._mine, 65_536)
        except OSError:  # the other end is closed
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def terminal(home: Home) -> Iterator[Terminal]:
    terminal = Terminal(home, "init")
    yield terminal
    terminal.close()


def to_litellm_files(terminal: Terminal) -> Terminal:
    terminal.answer("Which gateway?").answer("Behind it?").answer("Which models?")
    terminal.answer("Google Cloud project?", "my-project").answer("Google location?")
    return terminal.answer("How does Claude Code get its key?").answer("For whom?").answer("Corporate proxy?")


def test_answers_lead_to_files_and_settings_that_rollback_takes_away(terminal: Terminal, home: Home) -> None:
    to_litellm_files(terminal).wait_for("This would change:").wait_for("litellm-config.yaml")
    terminal.wait_for('+    "ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"')
    terminal.answer("What now?", DOWN).wait_for("Undo: llm-gateway rollback")
    assert terminal.end() == 0
    assert "vertex_project: my-project" in (home.project / "litellm-config.yaml").read_text()
    settings = home.home / ".claude" / "settings.json"
    assert json.loads(settings.read_text())["env"]["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:4000"
    assert home.run("rollback").returncode == 0
    assert not settings.exists()
    assert list(home.project.iterdir()) == []


def test_the_command_that_is_told_gives_the_same_file(terminal: Terminal, home: Home) -> None:
    import shlex

    to_litellm_files(terminal).answer("What now?", DOWN + DOWN).wait_for("Nothing was written.")
    assert terminal.end() == 0
    assert list(home.project.iterdir()) == []
    assert not (home.home / ".claude").exists()
    told = next(line for line in clean(terminal.seen).splitlines() if line.strip().startswith("llm-gateway generate"))
    again = home.run(*shlex.split(told)[1:], "--output", "out")
    assert again.returncode == 0, again.stderr
    assert "vertex_project: my-project" in (home.project / "out" / "litellm-config.yaml").read_text()


@pytest.mark.parametrize("questions", [1, 3, 6, 9])
def test_leaving_at_any_question_writes_nothing(questions: int, terminal: Terminal, home: Home) -> None:
    before = home.listing()
    asked = (
        *("Which gateway?", "Behind it?", "Which models?", "Google Cloud project?", "Google location?"),
        *("How does Claude Code get its key?", "For whom?", "Corporate proxy?", "What now?"),
    )
    for question in asked[: questions - 1]:
        terminal.answer(question, "my-project" if "project?" in question else "")
    terminal.wait_for(asked[questions - 1]).press(CTRL_C).wait_for("Left; nothing was written.")
    assert terminal.end() == 130
    assert home.listing() == before


def test_a_wrong_value_is_named_at_its_question_and_can_be_corrected(terminal: Terminal) -> None:
    terminal.answer("Which gateway?").answer("Behind it?").answer("Which models?")
    terminal.answer("Google Cloud project?", "X!").wait_for("is not a Google Cloud project id")
    terminal.press(BACKSPACE * 2 + "my-project" + ENTER).wait_for("Google location?").press(CTRL_C)
    assert terminal.end() == 130


def test_what_does_not_fit_together_is_told_and_asked_again(terminal: Terminal) -> None:
    terminal.answer("Which gateway?").answer("Behind it?").answer("Which models?")
    terminal.answer("Google Cloud project?", "my-project").answer("Google location?")
    terminal.answer("How does Claude Code get its key?", DOWN * 3).answer("For whom?", DOWN * 2)
    terminal.answer("Corporate proxy?").wait_for("That does not fit: a key helper in a project file")
    terminal.wait_for("Which gateway?").press(CTRL_C)
    assert terminal.end() == 130


def test_going_back_keeps_the_answers_and_changes_only_what_is_answered_anew(terminal: Terminal, home: Home) -> None:
    to_litellm_files(terminal).wait_for("What now?").press(f"{DOWN * 3}{ENTER}")
    terminal.answer("Which gateway?").answer("Behind it?").answer("Which models?").answer("Google Cloud project?")
    terminal.answer("Google location?", "global").answer("How does Claude Code get its key?")
    terminal.answer("For whom?").answer("Corporate proxy?").wait_for("What now?").press(f"{DOWN}{ENTER}")
    assert terminal.end() == 0
    told = " ".join(clean(terminal.seen).split())
    assert "--vertex-project my-project --vertex-region global" in told
    assert "vertex_location: global" in (home.project / "litellm-config.yaml").read_text()


def test_an_existing_file_is_never_overwritten(home: Home) -> None:
    (home.project / "litellm-config.yaml").write_text("mine: 1\n", encoding="utf-8")
    terminal = Terminal(home, "init")
    with contextlib.closing(terminal):
        to_litellm_files(terminal).wait_for("exists already with other content")
        assert terminal.end() == 1
    assert (home.project / "litellm-config.yaml").read_text() == "mine: 1\n"
    assert not (home.home / ".claude").exists()


def test_without_a_terminal_the_flags_are_printed(home: Home) -> None:
    done = home.run("init")
    assert done.returncode == 0
    assert "llm-gateway up --lab" in done.stdout
    assert "llm-gateway generate --gateway litellm" in done.stdout


def test_without_its_package_the_extra_is_named(home: Home) -> None:
    start = "import sys; sys.modules['questionary'] = None\nfrom mcp_server.cli import main; main()"
    home.command = lambda *arguments: [*Home.command(home)[:3], start, *arguments]  # type: ignore[method-assign]
    terminal = Terminal(home, "init")
    with contextlib.closing(terminal):
        terminal.wait_for("llm-gateway-assistant[wizard]")
        assert terminal.end() == 1


def test_every_model_is_offered_with_price_and_state_and_the_living_ones_are_chosen() -> None:
    offers = wizard.offered_models(["vertex", "bedrock", "anthropic"])
    assert {offer.value for offer in offers} == set(models())
    for offer in offers:
        assert "USD per million tokens" in offer.title
        assert not offer.chosen or models()[offer.value].state_on(date.today()) == "living"
    assert any(offer.chosen for offer in offers)


def test_every_gateway_is_offered_once_with_litellm_first() -> None:
    from mcp_server.generate.registry import set_ups

    offers = [offer.value for offer in wizard.gateways()]
    assert offers[0] == "litellm"
    assert sorted(offers) == sorted(set_ups())


def test_every_file_of_a_project_is_written_with_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    answer = generate(parse_request({"gateway": "zuplo"}), date(2026, 11, 25))
    made = [step.path for step in wizard.steps(answer, "user", tmp_path / "project")]
    assert tmp_path / "home" / ".claude" / "settings.json" in made
    inside = {p.relative_to(tmp_path / "project").as_posix() for p in made if p.is_relative_to(tmp_path / "project")}
    assert {"config/routes.oas.json", "config/policies.json", "zuplo.jsonc"} <= inside
    assert "settings.json" not in inside
