"""What a rule reports. The engine adds the rule's id, severity and the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.answer import Confidence, Severity

if TYPE_CHECKING:
    from mcp_server.validate.nodes import Mark


@dataclass(frozen=True)
class Edit:
    """``text`` in place of what stands from ``start`` up to (not including) ``end``; equal places insert."""

    start: Mark
    end: Mark
    text: str


@dataclass(frozen=True)
class Change:
    """Edits that belong together: all are made or none. ``safe``: the program then does what the file plainly
    meant, and nothing else changes; the others need a person's look."""

    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True)
class Problem:
    """One defect. ``severity`` is set only where it differs from the rule's own."""

    problem: str
    why: str
    fix: str
    mark: Mark | None = None
    key: str | None = None
    severity: Severity | None = None
    confidence: Confidence = "high"
    command: str | None = None
    change: Change | None = None
