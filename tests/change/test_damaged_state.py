"""A state folder that is damaged, somebody else's, or of a later release: named, and nothing in it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcp_server.change.apply import Step, apply, history, rollback, unreadable
from mcp_server.cli import main
from mcp_server.errors import GatewayError, UsageError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    (tmp_path / "a.json").write_bytes(b"{}")
    apply("first", [Step(tmp_path / "a.json", lambda _: b'{"a": 1}')])
    return tmp_path / "state"


def only(state: Path) -> Path:
    [found] = (state / "changes").iterdir()
    return found / "record.json"


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(record: Path) -> None:
        data = json.loads(record.read_text())
        change(data)
        record.write_text(json.dumps(data))

    return edit


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.write_text("{{{"),
        lambda record: record.write_text(""),
        lambda record: record.write_text("[]"),
        lambda record: record.write_text("[" * 100_000),
        edited(lambda data: data.update(later="field")),
        edited(lambda data: data.update(state="archived")),
        edited(lambda data: data.update(what=5)),
        edited(lambda data: data.update(files=None)),
        edited(lambda data: data.update(id="../../../elsewhere")),
        edited(lambda data: data["files"][0].update(path=5)),
        edited(lambda data: data["files"][0].update(before=5)),
        edited(lambda data: data["files"][0].update(folders=[5])),
    ],
)
def test_change_that_cannot_be_read_is_named_and_left_alone(
    state: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    record = only(state)
    damage(record)
    assert history() == []
    assert unreadable() == [record.parent]
    with pytest.raises(SystemExit):
        main(["history"])
    said = capsys.readouterr().out
    assert record.parent.name in said
    assert "No changes" not in said
    with pytest.raises(UsageError, match="1 cannot be read"):
        rollback(None)
    apply("second", [Step(state.parent / "b.json", lambda _: b"{}")])
    assert (record.parent / "0.before").read_bytes() == b"{}"


def test_what_is_not_ours_in_the_state_folder_stays(state: Path) -> None:
    (state / "changes" / "notes.txt").write_text("mine")
    (state / "changes" / "mine").mkdir()
    (state / "changes" / "mine" / "precious.txt").write_text("mine too")
    assert [record.what for record in history()] == ["first"]
    assert (state / "changes" / "mine" / "precious.txt").read_text() == "mine too"
    rollback(None)


@pytest.mark.parametrize("place", ["", "lock", "changes"])
def test_state_folder_of_the_wrong_kind_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    wrong = tmp_path / "state" / place
    wrong.parent.mkdir(exist_ok=True)
    if place == "lock":
        wrong.mkdir()
    else:
        wrong.write_text("a file")
    for action in (history, lambda: rollback(None), lambda: apply("x", [Step(tmp_path / "a", lambda _: b"")])):
        with pytest.raises(GatewayError, match=r"the state folder .* cannot be used"):
            action()
    assert not (tmp_path / "a").exists()
