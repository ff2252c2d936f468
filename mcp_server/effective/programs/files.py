"""Look-ups in the programs' own files (pure): the value that wins, with file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mcp_server.snapshot import ProgramEntry, ProgramFile, Setting, Snapshot


def files_of(machine: Snapshot, program: str) -> Iterator[ProgramFile]:
    """The files of ``program``, strongest first."""
    return (file for file in machine.program_files if file.program == program)


def setting_of(file: ProgramFile, entry: ProgramEntry) -> Setting:
    """An entry as a setting whose source names file and line."""
    return Setting(entry.key, entry.value, "user", f"{file.path}:{entry.line}")


def matching(machine: Snapshot, program: str, wanted: Callable[[str], bool]) -> list[Setting]:
    """Every entry whose key is ``wanted``, the one that wins first: later lines beat earlier ones of a file."""
    return [
        setting_of(file, entry)
        for file in files_of(machine, program)
        for entry in reversed(file.entries)
        if wanted(entry.key)
    ]


def lookup(machine: Snapshot, program: str, *keys: str) -> Setting | None:
    """The winning entry among ``keys`` (equal names for one thing), with what it beats."""
    return beating(matching(machine, program, lambda key: key in keys))


def beating(found: Iterable[Setting | None]) -> Setting | None:
    """The first setting of a list in order of strength, told which others it beats; ``None`` when there is none."""
    present = [setting for setting in found if setting is not None]
    if not present:
        return None
    first = present[0]
    others = (f"{s.name} ({s.source})" for s in present[1:])
    beats = tuple(dict.fromkeys((*first.beats, *others)))
    return Setting(first.name, first.value, first.scope, first.source, beats)


def filled(machine: Snapshot, *names: str) -> Setting | None:
    """The first of these variables that is not empty, as a program started from a shell sees them."""
    return beating(s for name in names if (s := machine.outside(name)) is not None and s.value)
