"""Writing a repaired file: whole or not at all, with its mode, owner and links, and never over somebody's work."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from mcp_server.change.files import replace
from mcp_server.document.document import Document
from mcp_server.errors import GatewayError
from mcp_server.operations.fix_file import fix_file
from mcp_server.operations.validate_config import Checked, check
from mcp_server.validate.engine import Report

BAD = "router_settings:\n  num_retries: '3'  # twice\n"
GOOD = BAD.replace("'3'", "3")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(BAD, encoding="utf-8")
    return path


def checked(path: Path) -> Checked:
    return check(path=str(path), environment="ignore")


def alone(path: Path) -> bool:
    return [p.name for p in path.parent.iterdir()] == [path.name]


def test_without_write_the_file_stays_as_it_is(file: Path) -> None:
    fixed = fix_file(checked(file))
    assert fixed.after == GOOD
    assert [f.id for f in fixed.applied] == ["number-as-string-breaks-streaming"]
    assert file.read_text(encoding="utf-8") == BAD


def test_written_file_keeps_its_mode_and_nothing_is_left_beside_it(file: Path) -> None:
    file.chmod(0o640)
    fix_file(checked(file), write=True)
    assert file.read_text(encoding="utf-8") == GOOD
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert alone(file)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_written_file_keeps_its_owner(file: Path) -> None:
    os.chown(file, 12_345, 23_456)
    file.chmod(0o604)
    fix_file(checked(file), write=True)
    status = file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12_345, 23_456, 0o604)


def test_owner_that_cannot_be_kept_is_a_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    before = checked(file)
    own = Path.stat(file)
    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr("shutil.copystat", lambda *_: None)
    monkeypatch.setattr(
        Path, "stat", lambda self, **_: os.stat_result((*own[:4], own.st_uid + (self == file), *own[5:]))
    )
    with pytest.raises(GatewayError, match="belongs to another user"):
        fix_file(before, write=True)
    monkeypatch.undo()
    assert file.read_text(encoding="utf-8") == BAD
    assert alone(file)


def test_link_stays_and_its_target_is_written(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "link.yaml"
    link.symlink_to("../config.yaml")
    fix_file(checked(link), write=True)
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == GOOD
    assert [p.name for p in folder.iterdir()] == ["link.yaml"]


def test_file_that_changed_since_it_was_read_is_not_overwritten(file: Path) -> None:
    before = checked(file)
    file.write_text(BAD + "# mine\n", encoding="utf-8")
    with pytest.raises(GatewayError, match="changed by somebody else meanwhile"):
        fix_file(before, write=True)
    assert file.read_text(encoding="utf-8") == BAD + "# mine\n"
    assert alone(file)


def test_file_that_is_gone_is_not_made_again(file: Path) -> None:
    before = checked(file)
    file.unlink()
    with pytest.raises(GatewayError, match="cannot be written: no such file"):
        fix_file(before, write=True)
    assert list(file.parent.iterdir()) == []


def test_read_only_file_says_how_to_allow_it(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(GatewayError, match=r"read-only.*chmod u\+w"):
        fix_file(checked(file), write=True)
    assert file.read_text(encoding="utf-8") == BAD
    assert alone(file)


@pytest.mark.parametrize("call", ["os.fsync", "tempfile.mkstemp"])
def test_full_disk_or_refusing_folder_leaves_the_old_file_and_no_other(
    file: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = checked(file)
    monkeypatch.setattr(call, fail)
    with pytest.raises(GatewayError, match="no space left on device"):
        fix_file(before, write=True)
    assert file.read_text(encoding="utf-8") == BAD
    assert alone(file)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encoding_mark_and_line_ends_stay(file: Path, codec: str, line_end: str) -> None:
    def written(text: str) -> bytes:
        return f"# größe 🙂{line_end}{text.rstrip()}".replace("\n", line_end).encode(codec)

    file.write_bytes(written(BAD))
    fix_file(checked(file), write=True)
    assert file.read_bytes() == written(GOOD)


def test_clean_file_is_not_touched(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    before = file.stat()
    fix_file(checked(file), write=True)
    assert file.stat() == before


def test_content_without_a_file_cannot_be_written() -> None:
    with pytest.raises(GatewayError, match="Give the path"):
        fix_file(check(content=BAD, environment="ignore"), write=True)


def test_finding_that_is_filtered_out_is_not_repaired(file: Path) -> None:
    def keep(_: Document, report: Report) -> Report:
        return Report(ran=report.ran)

    fix_file(checked(file), write=True, keep=keep)
    assert file.read_text(encoding="utf-8") == BAD


def test_replace_compares_the_bytes_right_before_it_writes(file: Path) -> None:
    with pytest.raises(GatewayError, match="changed by somebody else meanwhile"):
        replace(file, b"other", b"new")
    assert file.read_text(encoding="utf-8") == BAD
