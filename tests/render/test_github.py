from __future__ import annotations

import re
from pathlib import Path

import pytest
from outcomes import AWKWARD, SECRET, awkward

from mcp_server.render.github import github


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """As the runner of GitHub Actions reads them."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        if match:
            pairs = (pair.split("=", 1) for pair in match[2].split(","))
            found.append((match[1], {k: decoded(v) for k, v in pairs}, decoded(match[3])))
    return found


def decoded(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_every_finding_is_one_command_with_its_place(here: Path) -> None:
    outcome = awkward(here)
    found = commands(github(outcome))
    assert len(found) == len(outcome.findings) + len(outcome.unread)
    expected = [
        ({"error": "error", "warning": "warning", "info": "notice"}[f.severity], file.path, f.id)
        for file in outcome.files
        for f in file.report.findings
    ]
    assert [(name, p["file"], p["title"]) for name, p, _ in found if p["title"] != "not checked"] == expected
    assert ("error", {"file": "missing.yaml", "title": "not checked"}) in [(n, p) for n, p, _ in found]


def test_no_name_and_no_content_can_begin_a_command_of_its_own(here: Path) -> None:
    outcome = awkward(here)
    text = github(outcome)
    assert AWKWARD in {p["file"] for _, p, _ in commands(text)}
    lines = text.splitlines()
    assert sum(line.startswith("::") for line in lines) == len(outcome.findings) + len(outcome.unread)
    assert not lines[-1].startswith("::")
    assert SECRET[14:] not in text


def test_messages_say_why_and_what_to_do(here: Path) -> None:
    for name, properties, message in commands(github(awkward(here))):
        assert name in ("error", "warning", "notice")
        if properties["title"] != "not checked":
            assert "\nwhy: " in message
            assert "\nfix: " in message
