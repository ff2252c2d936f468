"""What became of the files of one run: the data that every rendering of ``validate`` reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from mcp_server.answer import Answer, Finding, Severity
from mcp_server.document.document import Document
from mcp_server.errors import GatewayError
from mcp_server.redact import quote
from mcp_server.validate.context import Kind
from mcp_server.validate.engine import Report

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}


def rank(severity: Severity) -> int:
    """Larger is worse."""
    return _RANK[severity]


@dataclass(frozen=True)
class FileOutcome:
    """One file. ``path`` is relative to the working directory where it lies in it, with forward slashes.

    Either ``kind`` is set, or ``unread`` says why the file could not be checked. ``document`` has the lines of a file
    with findings.
    """

    path: str
    answer: Answer
    kind: Kind | None = None
    document: Document | None = None
    report: Report = field(default_factory=Report)
    unread: GatewayError | None = None
    diff: str = ""
    """What ``--fix`` changed, or would change."""
    hidden: int = 0
    """Parts of the diff that are not shown, because a secret stands in them."""
    fixed: int = 0
    """Findings that were repaired (with ``--diff``: that would be)."""

    @property
    def shown(self) -> str:
        """The path for a reader: a file may be named anything."""
        return quote(self.path, 200)

    def counts(self, severity: Severity) -> bool:
        """Whether a finding of at least ``severity`` is left."""
        return any(rank(f.severity) >= rank(severity) for f in self.report.findings)


@dataclass(frozen=True)
class Outcome:
    """All files, in the order given; ``skipped`` counts what was found in folders and left out, by reason."""

    files: list[FileOutcome]
    skipped: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    """Entries of the baseline that no longer occur."""
    baseline: str | None = None
    """Name of the baseline, when one is used."""
    updated: bool = False
    """It was written anew."""
    written: bool = False
    """The repairs were written, not only shown."""

    @property
    def unread(self) -> list[FileOutcome]:
        return [file for file in self.files if file.unread is not None]

    @property
    def findings(self) -> list[Finding]:
        return [finding for file in self.files for finding in file.report.findings]

    def summary(self) -> dict[str, int]:
        """Numbers of everything, in reading order."""
        by_severity = Counter(f.severity for f in self.findings)
        return {
            "files": len(self.files) - len(self.unread),
            "unread": len(self.unread),
            "skipped": sum(self.skipped.values()),
            "errors": by_severity["error"],
            "warnings": by_severity["warning"],
            "infos": by_severity["info"],
            "suppressed": sum(len(f.report.suppressed) for f in self.files),
            "known": sum(len(f.report.known) for f in self.files),
            "fixed": sum(f.fixed for f in self.files),
            "stale": self.stale,
        }

    def document(self) -> dict[str, Any]:
        """JSON data: ``summary``, ``skipped`` by reason, and ``files`` with ``path``, ``kind`` and ``answer``."""
        return {
            "summary": self.summary(),
            **({"skipped": dict(self.skipped)} if self.skipped else {}),
            "files": [
                {"path": f.path, **({"kind": f.kind} if f.kind else {}), "answer": f.answer.document()}
                for f in self.files
            ],
        }
