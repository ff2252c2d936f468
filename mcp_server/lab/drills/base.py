"""What a drill is, and what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp_server.answer import Check, Finding, Status
from mcp_server.lab.drills.bench import Report
from mcp_server.lab.drills.reading import UserFile


@dataclass(frozen=True)
class Order:
    """What the user asked for. ``models`` empty: all that the file serves."""

    file: UserFile
    folder: Path
    models: Sequence[str] = ()
    report: Report | None = None

    def note(self, text: str) -> None:
        """Tells a person what happens."""
        if self.report:
            self.report(text)


@dataclass
class Outcome:
    """What a drill found. ``measured`` is plain JSON data, one entry per row of the protocol."""

    checks: list[Check] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)

    def row(self, title: str, status: Status, detail: str, **measured: Any) -> None:
        """One row of the protocol with its evidence."""
        self.checks.append(Check(title=title, status=status, detail=detail))
        self.measured.append({"title": title, "status": status, **measured})


@dataclass(frozen=True)
class Drill:
    """``id`` is the word on the command line; ``question`` is what the drill answers."""

    id: str
    title: str
    question: str
    run: Callable[[Order], Awaitable[Outcome]]
