from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_server.change import journal, locking
from mcp_server.errors import GatewayError
from mcp_server.run import gateway_state, processes


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_lock_is_held_once_and_names_its_holder() -> None:
    first = gateway_state.take_lock()
    assert first is not None
    assert gateway_state.take_lock() is None
    holder = gateway_state.holder()
    assert holder is not None
    assert processes.runs(holder)
    first.release()
    with gateway_state.held() as again:
        assert again is not None


def test_the_lock_goes_with_the_process_that_dies(state: Path) -> None:
    script = (
        "from mcp_server.run import gateway_state\nimport time\n"
        "lock = gateway_state.take_lock(); print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert gateway_state.take_lock() is None
        process.kill()
        process.wait()
        with gateway_state.held() as lock:
            assert lock is not None


def test_a_lock_whose_file_was_removed_is_known_as_lost() -> None:
    with gateway_state.held() as lock:
        assert lock is not None
        assert not gateway_state.lost(lock.handle)
        shutil.rmtree(gateway_state.folder())
        assert gateway_state.lost(lock.handle)


def test_a_holder_of_a_removed_lock_does_not_keep_the_next_one_out() -> None:
    with gateway_state.held() as old:
        assert old is not None
        shutil.rmtree(gateway_state.folder())
        with gateway_state.held() as new:
            assert new is not None
            assert not gateway_state.lost(new.handle)


def test_files_are_readable_by_their_owner_only() -> None:
    with gateway_state.held():
        gateway_state.write("about.json", {})
        place = gateway_state.folder()
        assert place.stat().st_mode & 0o777 == 0o700
        assert {p.stat().st_mode & 0o777 for p in place.iterdir()} == {0o600}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"port": "x"}', "\xff"])
def test_damaged_files_are_as_good_as_none(text: str) -> None:
    with gateway_state.held():
        for name in ("about.json", "plan.json", "state.json"):
            (gateway_state.folder() / name).write_text(text, encoding="latin-1")
        assert gateway_state.about() is None
        assert gateway_state.plan() is None
        assert gateway_state.supervisor() is None
        assert gateway_state.children() == []


def test_removing_takes_everything_and_leaves_what_else_lies_in_the_state_folder(state: Path) -> None:
    with gateway_state.held():
        gateway_state.write("about.json", {})
        (state / "other").write_text("kept", encoding="utf-8")
        gateway_state.remove()
    assert [p.name for p in state.iterdir()] == ["other"]


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(GatewayError, match="file/state.* cannot be made: not a directory"):
        gateway_state.take_lock()


def test_sweeping_the_journal_leaves_changes_that_are_not_undone(tmp_path: Path, state: Path) -> None:
    from mcp_server.change.apply import Step, apply, history, rollback

    kept, _ = apply("one", [Step(tmp_path / "a", lambda _: b"1")])
    gone, _ = apply("two", [Step(tmp_path / "b", lambda _: b"2")])
    assert kept is not None
    assert gone is not None
    rollback(gone.id)
    journal.sweep(gone.id)
    journal.sweep(kept.id)
    assert [record.id for record in history()] == [kept.id]
    rollback(kept.id)
    journal.sweep(kept.id)
    assert list(state.iterdir()) == []


def test_a_lock_that_is_removed_while_it_is_taken_is_taken_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    real, times = fcntl.flock, []

    def removed_first(handle: int, how: int) -> None:
        times.append(handle)
        if len(times) == 1:
            shutil.rmtree(gateway_state.folder())
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with gateway_state.held() as lock:
        assert lock is not None
        assert not gateway_state.lost(lock.handle)
    assert len(times) == 2


def test_a_journal_that_is_swept_while_it_is_locked_is_locked_anew(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, times = locking._try_lock, []

    def swept_first(handle: int) -> bool:
        times.append(handle)
        if len(times) == 1:
            shutil.rmtree(state)
        return real(handle)

    monkeypatch.setattr(locking, "_try_lock", swept_first)
    with journal.locked():
        assert (state / "lock").exists()
    assert len(times) == 2


@pytest.mark.parametrize(
    "services",
    [5, "x", [5], {"litellm": 5}, {"litellm": {}}, {"litellm": {"process": None, "ends": 5}}],
)
def test_damaged_state_of_the_services_names_no_process(services: object) -> None:
    with gateway_state.held():
        gateway_state.write("state.json", {"supervisor": None, "services": services})
        assert gateway_state.services() == {}
        assert gateway_state.children() == []


@pytest.mark.parametrize(
    "damage",
    [{"folders": [5]}, {"folders": "x", "models": [None]}, {"key_file": {}}, {"lab": {}}, {"port": "x"}, {"wish": 5}],
)
def test_fields_of_another_kind_are_as_good_as_none(damage: dict[str, object]) -> None:
    whole = gateway_state.About("http://127.0.0.1:1", 1, "f", ("m",), "m", True, "now", {}, "k", False)
    with gateway_state.held():
        gateway_state.write_about(whole)
        assert gateway_state.about() == whole
        gateway_state.write("about.json", gateway_state.read("about.json") | damage)
        assert gateway_state.about() is None


def test_a_plan_that_is_no_mapping_is_as_good_as_none() -> None:
    with gateway_state.held():
        gateway_state.write("plan.json", {"services": ["x", []]})
        assert gateway_state.plan() is None
