"""Findings named by the vocabulary of ``causes.yaml``."""

from __future__ import annotations

from mcp_server.answer import Confidence, Finding, Severity, Where
from mcp_server.catalogue.load import causes


def finding(
    cause: str,
    *,
    problem: str,
    fix: str,
    why: str | None = None,
    severity: Severity = "error",
    confidence: Confidence = "high",
    where: Where | None = None,
    command: str | None = None,
) -> Finding:
    """A finding whose id must stand in ``causes.yaml``; ``why`` defaults to the definition there."""
    entry = causes()[cause]
    return Finding(
        id=entry.id,
        severity=severity,
        confidence=confidence,
        where=where,
        problem=problem,
        why=why or entry.definition,
        fix=fix,
        command=command,
    )
