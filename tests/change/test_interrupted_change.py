"""Ctrl-C at any moment, and a disk that refuses in the middle: all files old or all new at once, not only later."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from mcp_server.change import files, journal
from mcp_server.change.apply import Step, apply, history, rollback
from mcp_server.errors import GatewayError

OLD = b'{"a": 1}'
NEW = b'{"a": 2}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    return tmp_path


def interrupted(point: int, action: Callable[[], object]) -> int | None:
    """Runs ``action`` with Ctrl-C at its ``point``-th line of the change engine; its lines when it came through."""
    count = 0
    ours = str(Path(files.__file__).parent)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(ours):
            return None
        if event == "line":
            count += 1
            if count == point:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    except KeyboardInterrupt:
        return None
    finally:
        sys.settrace(before)
    return count


def points(count: int) -> Iterator[int]:
    yield from range(1, count, max(count // 40, 1))


def fresh(folder: Path, verb: str) -> tuple[list[Path], Callable[[], object]]:
    shutil.rmtree(folder / "state", ignore_errors=True)
    paths = [folder / "a.json", folder / "b.json"]
    for path in paths:
        path.write_bytes(OLD)
    steps = [Step(path, lambda _: NEW) for path in paths]
    if verb == "apply":
        return paths, lambda: apply("try", steps)
    apply("try", steps)
    return paths, lambda: rollback(None)


# Between the opening of a file and the block that closes it, only the end of the process can close it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("verb", ["apply", "rollback"])
def test_ctrl_c_anywhere_leaves_all_files_old_or_all_new_at_once(folder: Path, verb: str) -> None:
    whole = interrupted(10**9, fresh(folder, verb)[1])
    assert whole is not None
    ends = set()
    for point in points(whole):
        paths, action = fresh(folder, verb)
        if interrupted(point, action) is not None:
            continue
        assert not list(folder.rglob("*.tmp")), point
        found = {path.read_bytes() for path in paths}
        assert len(found) == 1, point
        ends |= found
        records = history()
        assert {path.read_bytes() for path in paths} == found, point  # nothing was left for the next command
        if found == {NEW}:
            assert [record.state for record in records] == ["applied"], point
            rollback(None)
            assert {path.read_bytes() for path in paths} == {OLD}, point
        else:
            assert [record.state for record in records] == (["undone"] if verb == "rollback" else []), point
    assert ends == {OLD, NEW}


def test_change_that_cannot_be_stored_leaves_none_of_the_old_bytes_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.json"
    file.write_bytes(OLD)
    real = files.write_private

    def full(path: Path, data: bytes) -> None:
        if path.name.endswith("after"):
            raise GatewayError(f"{path} cannot be written: no space left on device.", "Free some.")
        real(path, data)

    monkeypatch.setattr(files, "write_private", full)
    with pytest.raises(GatewayError, match="no space"):
        apply("try", [Step(file, lambda _: NEW)])
    assert list((folder / "state" / "changes").iterdir()) == []


def test_rollback_that_fails_half_way_leaves_the_change_as_it_was_and_can_be_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = fresh(folder, "rollback")[0]
    real, calls = files.replace, []

    def full(path: Path, before: bytes | None, after: bytes | None, **named: Any) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise GatewayError(f"{path} cannot be written: no space left on device.", "Free some.")
        real(path, before, after, **named)

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", full)
        with pytest.raises(GatewayError, match="no space"):
            rollback(None)
    assert [path.read_bytes() for path in paths] == [NEW, NEW]
    assert [record.state for record in history()] == ["applied"]
    rollback(None)
    assert [path.read_bytes() for path in paths] == [OLD, OLD]


def test_half_done_change_that_cannot_be_finished_now_stops_no_other_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = folder / "a.json", folder / "other.json"
    for path in (first, other):
        path.write_bytes(OLD)
    record, _ = apply("first", [Step(first, lambda _: NEW)])
    assert record is not None
    place = journal.folder() / "changes" / record.id / "record.json"
    place.write_text(place.read_text().replace('"applied"', '"undoing"'))
    first.chmod(0o444)
    assert [r.state for r in history()] == ["undoing"]
    apply("second", [Step(other, lambda _: NEW)])
    assert other.read_bytes() == NEW
    first.chmod(0o644)
    assert [r.state for r in history()] == ["undone", "applied"]
    assert first.read_bytes() == OLD
