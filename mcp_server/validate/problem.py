"""What a rule reports. The engine adds the rule's id, severity and the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.answer import Confidence, Severity

if TYPE_CHECKING:
    from mcp_server.validate.nodes import Mark


@dataclass(frozen=True)
class Replacement:
    """An exact edit: line ``line`` (one-based) as it should read. ``safe`` edits cannot change the meaning."""

    line: int
    text: str
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
    replacement: Replacement | None = None
