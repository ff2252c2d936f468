"""What was changed, with the bytes of before: enough to undo every change byte for byte, also after a crash.

One folder for each change in the user's state folder (``$LLM_GATEWAY_STATE``, else ``$XDG_STATE_HOME/llm-gateway``,
else ``~/.local/state/llm-gateway``), readable by its owner only: the old bytes may hold credentials.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import uuid4

from mcp_server.change import files
from mcp_server.change.locking import held
from mcp_server.errors import GatewayError
from mcp_server.redact import quote

State = Literal["writing", "applied", "undoing", "undone"]
#: Finished changes whose old bytes are kept.
KEPT = 50
_RECORD = "record.json"
#: The folder of one change; what is called otherwise is not ours, and is left alone.
_NAME = re.compile(r"\d{8}T\d{9}-[0-9a-f]{6}")


@dataclass(frozen=True)
class FileRecord:
    """One file of a change. Digests are SHA-256 of the content; ``None``: there was, or is, no file."""

    path: str
    before: str | None
    after: str | None
    folders: tuple[str, ...] = ()
    """Folders that were made for it, outermost first."""


@dataclass(frozen=True)
class Record:
    """One change of one or several files."""

    id: str
    made: str
    what: str
    state: State
    files: tuple[FileRecord, ...] = field(default_factory=tuple)

    @property
    def temporary(self) -> str:
        """Name of the file that is written beside each file first."""
        return f".llm-gateway-{self.id}.tmp"


def folder() -> Path:
    """Where the journal lies."""
    told = os.environ.get("LLM_GATEWAY_STATE")
    if told:
        return Path(told)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "llm-gateway"


def digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


@contextmanager
def locked() -> Iterator[Journal]:
    """The journal, for this process alone. What a crash left half done is put right first.

    Raises:
        GatewayError: another process holds it for too long, or the folder cannot be made.
    """
    place = folder()
    with _usable(place):
        files.make_folder(place)
        with held(place / "lock"):
            journal = Journal(place)
            journal.recover()
            yield journal


def exists() -> bool:
    """Whether anything was ever changed from here.

    Raises:
        GatewayError: it cannot be told.
    """
    with _usable(folder()):
        return folder().exists()


@contextmanager
def _usable(place: Path) -> Iterator[None]:
    """A state folder that is somebody else's, read-only or no folder at all, in a sentence."""
    try:
        yield
    except OSError as error:
        what = quote(str(error.filename or place), 200)
        raise GatewayError(
            f"the state folder {quote(str(place), 200)} cannot be used: {what}: "
            f"{(error.strerror or 'unknown reason').lower()}.",
            "Make it a folder that you own and may write to, or point LLM_GATEWAY_STATE at another one.",
        ) from error


def sweep(identifier: str) -> None:
    """Forgets one change that is undone; an empty journal goes altogether."""
    with locked() as journal:
        records = journal.records()
        for record in records:
            if record.id == identifier and record.state == "undone":
                journal.forget(record)
        with contextlib.suppress(OSError):
            (folder() / "changes").rmdir()  # only when it is empty
            (folder() / "lock").unlink()


class Journal:
    """All changes, oldest first."""

    def __init__(self, place: Path) -> None:
        self._changes = place / "changes"
        files.make_folder(self._changes)

    def records(self) -> list[Record]:
        found = [self._read(entry) for entry in self._entries()]
        return sorted((record for record in found if record is not None), key=lambda record: record.id)

    def unreadable(self) -> list[Path]:
        """Folders of changes that a later release made, or that are damaged: they are left alone."""
        return sorted(e for e in self._entries() if (e / _RECORD).exists() and self._read(e) is None)

    def _entries(self) -> list[Path]:
        return [e for e in self._changes.iterdir() if _NAME.fullmatch(e.name) and e.is_dir() and not e.is_symlink()]

    def begin(self, what: str, changed: list[tuple[Path, bytes | None, bytes | None]]) -> Record:
        """A record in state ``writing`` with the old bytes stored, before anything is written elsewhere."""
        now = datetime.now(timezone.utc)
        name = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{uuid4().hex[:6]}"
        place = self._changes / name
        files.make_folder(place)
        entries = []
        try:
            for number, (path, before, after) in enumerate(changed):
                for side, data in (("before", before), ("after", after)):
                    if data is not None:
                        files.write_private(place / f"{number}.{side}", data)
                missing = [str(f) for f in (path.parent, *path.parent.parents) if not f.exists()][::-1]
                entries.append(FileRecord(str(path), digest(before), digest(after), tuple(missing)))
            record = Record(name, now.isoformat(timespec="seconds"), what, "writing", tuple(entries))
            self._write(record)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)  # the old bytes may hold credentials
            raise
        return record

    def mark(self, record: Record, state: State) -> Record:
        record = replace(record, state=state)
        self._write(record)
        return record

    def old(self, record: Record, number: int) -> bytes | None:
        """The bytes before the change."""
        return self._bytes(record, number, "before", record.files[number].before)

    def new(self, record: Record, number: int) -> bytes | None:
        """The bytes after it."""
        return self._bytes(record, number, "after", record.files[number].after)

    def forget(self, record: Record) -> None:
        shutil.rmtree(self._changes / record.id, ignore_errors=True)

    def prune(self) -> None:
        """Drops the oldest finished changes beyond ``KEPT``."""
        done = [record for record in self.records() if record.state in ("applied", "undone")]
        for record in done[:-KEPT]:
            self.forget(record)

    def recover(self) -> None:
        """Puts right what a crash interrupted: a change that did not get through is taken back, an undoing goes on.

        What cannot be put right now keeps its state, so that it can be seen and does not stop other changes.
        """
        for entry in self._entries():
            if not (entry / _RECORD).exists():
                shutil.rmtree(entry, ignore_errors=True)  # it had not begun to write
                continue
            with contextlib.suppress(OSError):
                (entry / f"{_RECORD}.tmp").unlink()
        for record in self.records():
            if record.state in ("writing", "undoing"):
                with contextlib.suppress(GatewayError):
                    self._finish(record)

    def _finish(self, record: Record) -> None:
        self.clean(record)
        now = [digest(files.content(Path(file.path))) for file in record.files]
        if record.state == "writing" and all(d == file.after for d, file in zip(now, record.files, strict=True)):
            self.mark(record, "applied")
            return
        self.restore(record)
        if record.state == "undoing":
            self.mark(record, "undone")
        elif all(digest(files.content(Path(file.path))) == file.before for file in record.files):
            self.forget(record)
        else:  # somebody wrote over it since: the old bytes are kept
            self.mark(record, "applied")

    def restore(self, record: Record) -> None:
        """The old bytes back in every file that still holds the new ones."""
        for number, file in reversed(list(enumerate(record.files))):
            path = Path(file.path)
            if file.before != file.after and digest(files.content(path)) == file.after:
                files.replace(path, self.new(record, number), self.old(record, number), temporary=record.temporary)
            if file.before is None:
                for made in reversed(file.folders):
                    with contextlib.suppress(OSError):
                        Path(made).rmdir()  # only when it is empty

    def redo(self, record: Record) -> None:
        """The new bytes again in every file that holds the old ones: an undoing that did not get through."""
        for number, file in enumerate(record.files):
            path = Path(file.path)
            if file.before != file.after and digest(files.content(path)) == file.before:
                files.make_folder(path.parent)
                files.replace(path, self.old(record, number), self.new(record, number), temporary=record.temporary)

    def clean(self, record: Record) -> None:
        """No half-written file stays beside a file of the user's."""
        for file in record.files:
            with contextlib.suppress(OSError):
                (Path(file.path).parent / record.temporary).unlink()

    def _bytes(self, record: Record, number: int, side: str, expected: str | None) -> bytes | None:
        if expected is None:
            return None
        data = files.content(self._changes / record.id / f"{number}.{side}")
        if digest(data) != expected:
            raise GatewayError(
                f"the stored bytes of change {record.id} are damaged.",
                f"Nothing was changed. Look into {quote(str(self._changes / record.id), 200)}.",
            )
        return data

    def _write(self, record: Record) -> None:
        text = json.dumps(asdict(record), indent=1, ensure_ascii=False)
        files.write_private(self._changes / record.id / _RECORD, text.encode("utf-8", "surrogateescape"))

    def _read(self, entry: Path) -> Record | None:
        try:
            data: dict[str, Any] = json.loads((entry / _RECORD).read_text("utf-8", "surrogateescape"))
            found = [FileRecord(**{**file, "folders": tuple(file["folders"])}) for file in data.pop("files")]
            record = Record(**{**data, "files": tuple(found)})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # damaged, or of a later release: left alone
        return record if record.id == entry.name and _sound(record) else None


def _sound(record: Record) -> bool:
    """Whether every field holds what this release writes there."""
    texts = [record.made, record.what, *(file.path for file in record.files)]
    texts += [folder for file in record.files for folder in file.folders]
    digests = [d for file in record.files for d in (file.before, file.after) if d is not None]
    return record.state in get_args(State) and all(isinstance(text, str) for text in [*texts, *digests])
