"""The compatibility report as data: checks × models with scores and costs. Built by operations, rendered by render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_server.answer import Check, Finding

Outcome = Literal["pass", "warn", "fail", "skip", "undecided"]
LEVELS = ("must", "should", "optional")


@dataclass
class Cell:
    """One check of one model. Tokens and seconds are what it really took; ``detail`` is safe to show."""

    check: str
    requirement: str
    question: str
    outcome: Outcome
    detail: str
    findings: list[Finding] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


@dataclass
class Column:
    """All checks of one model, in the order of the registry. ``model`` is safe to show."""

    model: str
    cells: list[Cell] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    """What kept the checks from running."""
    note: str = ""
    seconds: float = 0.0

    def score(self, requirement: str) -> tuple[int, int]:
        """Passed and applicable checks of one level; what the client copes with counts as passed."""
        asked = [cell for cell in self.cells if cell.requirement == requirement and cell.outcome != "skip"]
        return sum(cell.outcome in ("pass", "warn") for cell in asked), len(asked)

    @property
    def undecided(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.outcome == "undecided"]


@dataclass
class Costs:
    """Tokens estimated before and counted after, requests sent, and what the budget left out."""

    estimated_tokens: int = 0
    requests: int = 0
    billed_requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    budget: int | None = None
    left_out: list[str] = field(default_factory=list)


@dataclass
class Matrix:
    """The whole report."""

    gateway: str
    """Name of the kind of gateway, for people."""
    base_url: str
    client_version: str
    date: str
    columns: list[Column] = field(default_factory=list)
    path: list[Check] = field(default_factory=list)
    """The way to the gateway and its credential, as in ``test_model``."""
    findings: list[Finding] = field(default_factory=list)
    """What is wrong before any model is asked."""
    costs: Costs = field(default_factory=Costs)
    notes: list[str] = field(default_factory=list)
    planned: bool = False
    """Nothing was sent: cells say what would be asked."""

    @property
    def exit_code(self) -> int:
        """0 when every must of every model passed, 1 when one failed, 3 when one could not be decided."""
        stopped = [*self.findings, *(finding for column in self.columns for finding in column.findings)]
        musts = [cell for column in self.columns for cell in column.cells if cell.requirement == "must"]
        if any(f.severity == "error" for f in stopped) or any(cell.outcome == "fail" for cell in musts):
            return 1
        if self.planned:
            return 0
        return 3 if not musts or any(cell.outcome == "undecided" for cell in musts) else 0

    def document(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "gateway": self.gateway,
            "base_url": self.base_url,
            "client_version": self.client_version,
            "date": self.date,
            "path": [check.model_dump(mode="json", exclude_none=True) for check in self.path],
            "findings": _findings(self.findings),
            "models": [_column(column) for column in self.columns],
            "costs": {key: value for key, value in vars(self.costs).items() if value is not None},
            "notes": self.notes,
            "exit_code": self.exit_code,
        }


def _column(column: Column) -> dict[str, Any]:
    scores = {level: dict(zip(("passed", "of"), column.score(level), strict=True)) for level in LEVELS}
    return {
        "model": column.model,
        "score": scores,
        "seconds": round(column.seconds, 2),
        "note": column.note,
        "findings": _findings(column.findings),
        "checks": [_cell(cell) for cell in column.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "id": cell.check,
        "requirement": cell.requirement,
        "question": cell.question,
        "outcome": cell.outcome,
        "detail": cell.detail,
        "findings": _findings(cell.findings),
        "tokens": {"input": cell.input_tokens, "output": cell.output_tokens},
        "seconds": round(cell.seconds, 2),
    }


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.model_dump(mode="json", exclude_none=True) for finding in findings]
