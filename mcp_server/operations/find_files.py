"""Which files of a folder are configurations to check. Bounded, and links to folders are not followed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.validate.context import Kind

#: Entries of a folder tree that are looked at, and configurations taken from it.
MAX_ENTRIES = 200_000
MAX_FILES = 2_000
MAX_DEPTH = 40
#: Of a file, to tell its kind.
MAX_START = 262_144

#: Folders of other programs: version control, installed packages, caches, build results.
_SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".jj", ".idea", ".vscode", ".direnv", ".terraform", ".next", ".gradle"),
        *("node_modules", ".npm", ".yarn", ".pnpm-store", ".eggs", "site-packages", "__pycache__"),
        *(".venv", "venv", ".tox", ".nox"),
    )
)
#: What marks a cache, and a virtual environment.
_MARKS = frozenset(("CACHEDIR.TAG", "pyvenv.cfg"))


@dataclass
class Found:
    """Configurations with their kinds, folders that cannot be listed, and why other files were left out.

    A file that cannot be opened has no kind: it may be a configuration.
    """

    files: list[tuple[Path, Kind | None]] = field(default_factory=list)
    closed: list[GatewayError] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def find(folder: Path, wanted: Kind | None = None) -> Found:
    """The files below ``folder`` that are surely configurations (of the kind ``wanted``, if given)."""
    from mcp_server.document.document import decode
    from mcp_server.validate.kinds.recognition import CANDIDATE, recognise

    found = Found()
    for file in _files(folder, found):
        if not CANDIDATE.search(file.name.lower()):
            continue
        try:
            with file.open("rb") as stream:
                start = stream.read(MAX_START)
        except OSError:
            found.files.append((file, None))
            continue
        # the last line may be cut within a character
        text = decode(start.rsplit(b"\n", 1)[0] if len(start) == MAX_START else start)[0]
        kind = recognise(file.as_posix(), text)
        if kind is None or (wanted is not None and kind != wanted):
            found.skipped["no configuration of a known kind"] += 1
        elif len(found.files) >= MAX_FILES:
            found.skipped[f"more than {MAX_FILES:,} configurations"] += 1
        else:
            found.files.append((file, kind))
    return found


def _files(folder: Path, found: Found) -> Iterator[Path]:
    seen = 0
    stack: list[tuple[Path, int]] = [(folder, 0)]
    while stack:
        here, depth = stack.pop()
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            found.closed.append(_closed(here, error))
            continue
        if here != folder and any(entry.name in _MARKS for entry in entries):
            continue
        folders: list[tuple[Path, int]] = []
        for entry in entries:
            seen += 1
            if seen > MAX_ENTRIES:
                found.closed.append(
                    GatewayError(
                        f"{quote(str(folder), 200)} holds more than {MAX_ENTRIES:,} files and folders.",
                        "Name the folders with the configurations.",
                    )
                )
                return
            path = here / entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name in _SKIPPED or (entry.name.startswith(".") and "cache" in entry.name):
                        continue
                    if depth < MAX_DEPTH:
                        folders.append((path, depth + 1))
                    else:
                        found.skipped[f"more than {MAX_DEPTH} folders deep"] += 1
                elif entry.is_file():
                    yield path
            except OSError:
                found.skipped["a link that leads nowhere"] += 1
        stack += reversed(folders)


def _closed(folder: Path, error: OSError) -> GatewayError:
    return GatewayError(
        f"the folder {quote(str(folder), 200)} cannot be listed: {(error.strerror or 'unknown reason').lower()}.",
        "Allow it, or name the files to check.",
    )
