"""What a rule reports. The engine adds the rule's id, severity and the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.answer import Confidence, Severity

if TYPE_CHECKING:
    from mcp_server.document.edit import Change
    from mcp_server.document.nodes import Mark


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
