"""Applying and undoing: all files or none, byte for byte, whoever else writes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_server.change import journal
from mcp_server.change.apply import Step, apply, effects, history, rollback
from mcp_server.change.merge import merged
from mcp_server.change.owners import OWNERS, owner_of, uses_router
from mcp_server.change.wish import Put
from mcp_server.errors import GatewayError, UsageError

OLD = b'{\r\n\t"env": {"A": "1"}, "x": [1,2]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    return tmp_path


def put(path: Path, name: str, value: str) -> Step:
    return Step(path, lambda before: merged(before, "json", [Put(("env", name), value)], str(path)))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_change_is_made_and_undone_byte_for_byte(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    file.chmod(0o640)
    record, made = apply("try", [put(file, "B", "2")])
    assert record is not None
    assert [effect.path for effect in made] == [file]
    assert json.loads(file.read_bytes())["env"] == {"A": "1", "B": "2"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    rollback(None)
    assert file.read_bytes() == OLD
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [r.state for r in history()] == ["undone"]


def test_new_file_is_private_and_gone_after_the_rollback_with_its_folders(folder: Path) -> None:
    file = folder / "new" / "deep" / "settings.json"
    apply("try", [put(file, "A", "1")])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rollback(None)
    assert not (folder / "new").exists()


def test_folder_that_holds_something_else_meanwhile_stays(folder: Path) -> None:
    file = folder / "new" / "settings.json"
    apply("try", [put(file, "A", "1")])
    written(folder / "new" / "other", b"x")
    rollback(None)
    assert [entry.name for entry in (folder / "new").iterdir()] == ["other"]


def test_nothing_to_change_makes_no_record(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    assert apply("try", [put(file, "A", "1")]) == (None, [])
    assert history() == []


def test_link_stays_and_its_target_is_written(folder: Path) -> None:
    file = written(folder / "real.json", OLD)
    link = folder / "settings.json"
    link.symlink_to("real.json")
    apply("try", [put(link, "B", "2")])
    assert link.is_symlink()
    assert b'"B"' in file.read_bytes()
    rollback(None)
    assert file.read_bytes() == OLD


@pytest.mark.parametrize("what", ["dangling", "folder", "pipe"])
def test_what_is_no_file_is_refused(folder: Path, what: str) -> None:
    path = folder / "settings.json"
    if what == "dangling":
        path.symlink_to("nowhere")
    elif what == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(GatewayError, match="leads nowhere|no regular file"):
        apply("try", [put(path, "B", "2")])


def test_second_file_that_cannot_be_written_leaves_the_first_as_it_was(folder: Path) -> None:
    good = written(folder / "a.json", OLD)
    bad = written(folder / "b.json", OLD)
    bad.chmod(0o444)
    with pytest.raises(GatewayError, match="read-only"):
        apply("try", [put(good, "B", "2"), put(bad, "B", "2")])
    assert good.read_bytes() == OLD
    assert bad.read_bytes() == OLD
    assert history() == []
    assert sorted(entry.name for entry in folder.iterdir()) == ["a.json", "b.json", "state"]


def test_full_disk_leaves_everything_as_it_was(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from mcp_server.change.apply import Step, apply\n"
        "from mcp_server.errors import GatewayError\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    apply('try', [Step(Path(sys.argv[1]), lambda before: b'x' * 1000)])\n"
        "except GatewayError as error:\n"
        "    print(error.problem)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert file.read_bytes() == OLD
    assert history() == []


def test_file_changed_since_is_not_rolled_back_and_says_by_what(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    first, _ = apply("first", [put(file, "B", "2")])
    second, _ = apply("second", [put(file, "C", "3")])
    assert first is not None
    assert second is not None
    with pytest.raises(GatewayError, match=second.id):
        rollback(first.id)
    file.write_bytes(b'{"mine": 1}')
    with pytest.raises(GatewayError, match="something else"):
        rollback(second.id)
    assert file.read_bytes() == b'{"mine": 1}'
    old = journal.folder() / "changes" / second.id / "0.before"
    assert b'"C"' not in old.read_bytes()


def test_later_change_that_is_undone_already_is_not_blamed(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    first, second, third = (apply(name, [put(file, name, "1")])[0] for name in ("B", "C", "D"))
    assert first is not None
    assert second is not None
    assert third is not None
    rollback(third.id)
    with pytest.raises(GatewayError, match=f"by change {second.id}.*Undo that one first"):
        rollback(first.id)
    file.unlink()
    with pytest.raises(GatewayError, match=r"was removed since.*old bytes lie in"):
        rollback(second.id)


def test_changes_are_undone_one_after_the_other(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    for name in ("B", "C"):
        apply(name, [put(file, name, "1")])
    rollback(None)
    rollback(None)
    assert file.read_bytes() == OLD
    with pytest.raises(UsageError, match="no change"):
        rollback(None)
    with pytest.raises(UsageError, match="undone already"):
        rollback(history()[0].id)
    with pytest.raises(UsageError, match="'nope'"):
        rollback("nope")


def test_old_changes_are_forgotten_beyond_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 3)
    file = written(folder / "settings.json", b"{}")
    for number in range(6):
        apply(str(number), [put(file, f"V{number}", "1")])
    assert [record.what for record in history()] == ["3", "4", "5"]


def test_damaged_store_is_noticed_before_anything_is_written(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    record, _ = apply("try", [put(file, "B", "2")])
    assert record is not None
    (journal.folder() / "changes" / record.id / "0.before").write_bytes(b"damaged")
    new = file.read_bytes()
    with pytest.raises(GatewayError, match="damaged"):
        rollback(None)
    assert file.read_bytes() == new


def test_store_is_readable_by_its_owner_only(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    apply("try", [put(file, "B", "2")])
    for entry in journal.folder().rglob("*"):
        if entry.name != "lock":
            assert not entry.stat().st_mode & 0o077, entry


def test_two_writers_at_once_lose_nothing(folder: Path) -> None:
    file = written(folder / "settings.json", b"{}")
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mcp_server.change.apply import Step, apply\n"
        "from mcp_server.change.merge import merged\n"
        "from mcp_server.change.wish import Put\n"
        "who, path = sys.argv[1], Path(sys.argv[2])\n"
        "for number in range(10):\n"
        "    wish = Put(('env', f'{who}{number}'), 'x')\n"
        "    apply('try', [Step(path, lambda before: merged(before, 'json', [wish], 'f'))])\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, who, str(file)]) for who in ("A", "B", "C")]
    assert [process.wait() for process in running] == [0, 0, 0]
    wanted = {f"{who}{number}": "x" for who in "ABC" for number in range(10)}
    assert json.loads(file.read_bytes())["env"] == wanted
    assert len(history()) == 30


def test_write_by_a_stranger_in_between_is_not_overwritten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp_server.change import files

    file = written(folder / "settings.json", OLD)
    real = files._written

    def meanwhile(place: Path, data: bytes, temporary: str | None) -> Path:
        made = real(place, data, temporary)
        if place == file:
            file.write_bytes(b'{"stranger": 1}')
        return made

    monkeypatch.setattr(files, "_written", meanwhile)
    with pytest.raises(GatewayError, match="somebody else"):
        apply("try", [put(file, "B", "2")])
    assert file.read_bytes() == b'{"stranger": 1}'
    assert [entry.name for entry in folder.iterdir() if entry.name.startswith(".llm")] == []


def test_effects_show_and_change_nothing(folder: Path) -> None:
    file = written(folder / "settings.json", OLD)
    made = effects([put(file, "B", "2"), put(file, "C", "3")])
    assert len(made) == 1
    assert b'"C"' in (made[0].after or b"")
    assert file.read_bytes() == OLD


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.marker)
def test_file_of_another_tool_is_recognised_by_its_marker(tmp_path: Path, owner: object) -> None:
    settings = tmp_path / ".claude" / "settings.json"
    assert owner_of(settings.resolve(), tmp_path) is None
    marker = tmp_path / owner.marker  # type: ignore[attr-defined]
    marker.parent.mkdir(parents=True)
    marker.touch()
    found = owner_of(settings.resolve(), tmp_path)
    assert found is not None
    assert found.tool == owner.tool  # type: ignore[attr-defined]
    assert owner_of((tmp_path / "elsewhere.json").resolve(), tmp_path) is None


def test_router_on_this_machine_is_recognised(tmp_path: Path) -> None:
    settings = {"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:3456"}}
    assert not uses_router(settings, tmp_path)
    (tmp_path / ".claude-code-router").mkdir()
    assert uses_router(settings, tmp_path)
    assert not uses_router({"env": {"ANTHROPIC_BASE_URL": "http://gateway.example:3456"}}, tmp_path)


KILLED = """
import os, sys
from pathlib import Path
count, point = 0, int(sys.argv[1])
def trace(frame, event, arg):
    global count
    if "/mcp_server/change/" not in frame.f_code.co_filename:
        return None
    def local(frame, event, arg):
        global count
        if event == "line" and armed:
            count += 1
            if count == point:
                os._exit(9)
        return local
    return local
armed = False
from mcp_server.change import apply as engine, merge
from mcp_server.change.apply import Step
from mcp_server.change.wish import Put
def put(path):
    return Step(path, lambda before: merge.merged(before, "json", [Put(("env", "B"), "2")], "f"))
steps = [put(Path(name)) for name in sys.argv[3:]]
for step in steps:
    step.change(b'{"a": 1}')
sys.settrace(trace)
armed = True
if sys.argv[2] == "apply":
    engine.apply("try", steps)
else:
    engine.rollback(None)
armed = False
sys.settrace(None)
print(count)
"""


def killed(point: int, verb: str, *paths: Path) -> int | None:
    """Runs ``verb`` in a process that ends at its ``point``-th line; the number of lines when it came through."""
    command = [sys.executable, "-c", KILLED, str(point), verb, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 9), done.stderr
    return int(done.stdout) if done.returncode == 0 else None


def points(count: int) -> Iterator[int]:
    """About forty of them, the last ones (where files are written) densely."""
    yield from range(1, count, max(count // 40, 1))


@pytest.mark.parametrize("verb", ["apply", "rollback"])
def test_process_killed_anywhere_leaves_the_old_or_the_new_files_and_no_other(folder: Path, verb: str) -> None:
    first, second = folder / "a.json", folder / "deep" / "b.json"

    def fresh() -> None:
        if journal.folder().exists():
            import shutil

            shutil.rmtree(journal.folder())
        written(first, OLD)
        second.unlink(missing_ok=True)
        if second.parent.exists():
            second.parent.rmdir()

    fresh()
    apply("probe", [put(first, "B", "2"), put(second, "B", "2")])
    new = first.read_bytes(), second.read_bytes()
    fresh()
    if verb == "rollback":
        apply("try", [put(first, "B", "2"), put(second, "B", "2")])
    whole = killed(10**9, verb, first, second)
    assert whole is not None
    seen = set()
    for point in points(whole):
        fresh()
        if verb == "rollback":
            apply("try", [put(first, "B", "2"), put(second, "B", "2")])
        assert killed(point, verb, first, second) is None
        # Each file is whole at once, even before anything is repaired …
        assert first.read_bytes() in (OLD, new[0])
        assert not second.exists() or second.read_bytes() == new[1]
        # … and after the next start both are old or both new, with nothing left beside them.
        found = history()
        state = (first.read_bytes(), second.read_bytes() if second.exists() else None)
        assert state in ((OLD, None), new), point
        assert not list(folder.rglob("*.tmp")), point
        if state == new:
            assert found[-1].state == "applied"
            rollback(None)
            assert (first.read_bytes(), second.exists()) == (OLD, False)
            seen.add("new")
        else:
            seen.add("old")
    assert seen == {"old", "new"}
