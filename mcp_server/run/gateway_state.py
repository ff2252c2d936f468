"""What is written down about the gateway that ``llm-gateway up`` started: one private folder in the state folder.

``about.json`` (by ``up``) says what was asked for, ``plan.json`` (by ``up``) which services the supervisor keeps
alive, ``state.json`` (by the supervisor) how they are. Whoever starts, keeps or stops the gateway holds ``lock``; the
kernel drops it when the holder dies, so a folder without a holder is what a killed one left.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mcp_server.change import files, journal
from mcp_server.errors import GatewayError
from mcp_server.redact import quote
from mcp_server.run.processes import Process, found

_LOCK = "lock"
LOG = "litellm.log"


@dataclass(frozen=True)
class Service:
    """One program that the supervisor keeps alive. ``environment`` is added to the supervisor's own."""

    name: str
    command: tuple[str, ...]
    port: int
    log: str
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    """Variables of the supervisor that it must not see."""
    keyed: bool = False
    """It gets the gateway's key, in the variable that the plan names."""


@dataclass(frozen=True)
class Plan:
    """What the supervisor does. The key is read from ``key_file``; only the laboratory's own credentials stand here."""

    services: tuple[Service, ...]
    cwd: str
    key_file: str
    key_variable: str


@dataclass(frozen=True)
class About:
    """What was asked for and where it is."""

    base_url: str
    port: int
    config: str
    models: tuple[str, ...]
    main: str
    lab: bool
    since: str
    wish: dict[str, Any]
    key_file: str
    key_made: bool
    """The key file was made for this gateway, so it goes with it."""
    folders: tuple[str, ...] = ()
    """Folders made for all of it, outermost first."""
    version: str = ""
    log_from: int = 0
    """Length of LiteLLM's log when ``up`` was done with its checks."""
    change: str = ""
    """Id of the change of the client's settings in the journal."""


def folder() -> Path:
    """Where all of it lies."""
    return journal.folder() / "gateway"


def write(name: str, data: Any) -> None:
    """One of the JSON files, whole or not at all. Raises GatewayError: it cannot be written."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    files.write_private(folder() / name, text.encode("utf-8", "surrogateescape"))


def write_about(about: About) -> None:
    write("about.json", asdict(about))


def about() -> About | None:
    """What ``up`` wrote last; ``None`` when there is nothing that can be read."""
    data = read("about.json")
    try:
        lists = {name: tuple(data[name]) for name in ("models", "folders")}
        found = About(**{**data, **lists})
    except (KeyError, TypeError):
        return None
    texts = (found.base_url, found.config, found.main, found.since, found.key_file, found.version, found.change)
    sound = (
        all(isinstance(text, str) for text in (*texts, *found.models, *found.folders))
        and all(type(number) is int for number in (found.port, found.log_from))
        and all(isinstance(flag, bool) for flag in (found.lab, found.key_made))
        and isinstance(found.wish, dict)
    )
    return found if sound else None


def plan() -> Plan | None:
    """The services to keep alive."""
    data = read("plan.json")
    try:
        services = tuple(
            Service(**{**entry, "command": tuple(entry["command"]), "without": tuple(entry["without"])})
            for entry in data.pop("services")
        )
        return Plan(services=services, **data)
    except (KeyError, TypeError, AttributeError):
        return None


def read(name: str) -> dict[str, Any]:
    """The content of one of the files; empty when there is none, or it is damaged."""
    try:
        data = json.loads((folder() / name).read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def process(data: Any) -> Process | None:
    """The process that a file names."""
    try:
        return Process(int(data["pid"]), str(data["born"]))
    except (KeyError, TypeError, ValueError):
        return None


def supervisor() -> Process | None:
    """The supervisor that wrote ``state.json``, running or not."""
    return process(read("state.json").get("supervisor"))


def children() -> list[Process]:
    """The services' processes as last written, running or not."""
    return [p for p in (process(entry.get("process")) for entry in services().values()) if p is not None]


def services() -> dict[str, dict[str, Any]]:
    """What the supervisor wrote about each service; damaged entries are left out."""
    found = read("state.json").get("services")
    if not isinstance(found, dict):
        return {}
    return {name: state for name, state in found.items() if _is_state(state)}


def _is_state(data: Any) -> bool:
    if not (isinstance(data, dict) and {"process", "since", "starts", "ends", "waits_for"} <= data.keys()):
        return False
    ends = data["ends"]
    return isinstance(ends, list) and all(isinstance(end, dict) and {"at", "how"} <= end.keys() for end in ends)


class Lock:
    """The right to start, keep or stop the gateway; goes with the process that holds the open file."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def sign(self) -> None:
        """Writes down who holds it, for whoever finds it taken."""
        me = found(os.getpid())
        text = json.dumps(asdict(me) if me else {}).encode()
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            os.ftruncate(self.handle, 0)
            os.pwrite(self.handle, text, 0)

    def release(self) -> None:
        os.close(self.handle)


def take_lock() -> Lock | None:
    """The lock, or ``None`` while another process holds it.

    Raises:
        GatewayError: the state folder cannot be written, or the platform is not supported.
    """
    if sys.platform == "win32":
        raise GatewayError("llm-gateway up does not run on Windows itself.", "Use it in WSL.")
    import fcntl

    place = folder() / _LOCK
    while True:
        files.make_folder(place.parent)
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, files.PRIVATE)
        except FileNotFoundError:
            continue  # a ``down`` took the folder away at this moment
        except OSError as error:
            raise GatewayError(
                f"{quote(str(place), 200)} cannot be opened: {(error.strerror or 'unknown reason').lower()}.",
                "Make the state folder writable, or point LLM_GATEWAY_STATE at another one.",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        if _same(handle, place):
            lock = Lock(handle)
            lock.sign()
            return lock
        os.close(handle)  # it was removed meanwhile: the next one counts


def holder() -> Process | None:
    """Who holds the lock, as the holder wrote it."""
    return process(read(_LOCK))


@contextmanager
def held() -> Iterator[Lock | None]:
    """The lock for the block, or ``None`` while another process holds it."""
    lock = take_lock()
    try:
        yield lock
    finally:
        if lock is not None:
            lock.release()


def remove() -> None:
    """Takes the whole folder away, and the state folder above it when nothing else lies there.

    The caller holds the lock.
    """
    place = folder()
    lock = place / _LOCK
    for entry in list(place.iterdir()) if place.exists() else []:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry != lock:
            entry.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        place.rmdir()


def lost(handle: int) -> bool:
    """Whether the locked file is no longer the one in the folder: somebody removed the folder by hand."""
    return not _same(handle, folder() / _LOCK)


def _same(handle: int, place: Path) -> bool:
    try:
        there = place.stat()
    except OSError:
        return False
    mine = os.fstat(handle)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
