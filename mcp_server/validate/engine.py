"""Runs the rules over a document and turns their problems into findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from mcp_server.answer import Finding, Where, sort_findings
from mcp_server.redact import quote
from mcp_server.validate.context import Context
from mcp_server.validate.document import Document
from mcp_server.validate.problem import Problem, Replacement
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES

#: Most sentences repeat from finding to finding, and redaction runs some thirty patterns over each.
_safe = lru_cache(maxsize=8_192)(quote)


@dataclass
class Report:
    """Findings in order of severity and place; ``ran`` and ``skipped`` (id to reason) cover the whole registry."""

    findings: list[Finding] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def validate(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> list[Finding]:
    """All findings of ``document``, errors first, then by line."""
    return report(document, context, rules).findings


def report(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> Report:
    """As ``validate``, with what ran and what did not."""
    result = Report()
    found: list[tuple[Finding, Replacement | None]] = []
    for rule in rules:
        if context.kind not in rule.KINDS:
            continue
        if not document.readable and not rule.ID.endswith("-syntax"):
            result.skipped[rule.ID] = "the file cannot be read as a configuration"
            continue
        result.ran.append(rule.ID)
        found += [(_finding(rule, p, document), p.replacement) for p in rule.check(document, context)]
    found.sort(key=lambda pair: _place(pair[0]))
    result.findings = sort_findings([finding for finding, _ in found])
    result.replacements = [replacement for _, replacement in found if replacement is not None]
    return result


def _place(finding: Finding) -> tuple[int, int]:
    where = finding.where
    return (where.line or 0, where.column or 0) if where else (0, 0)


def _finding(rule: Rule, problem: Problem, document: Document) -> Finding:
    return Finding(
        id=rule.ID,
        severity=problem.severity or rule.SEVERITY,
        confidence=problem.confidence,
        where=Where(
            file=document.name,
            line=problem.mark.line if problem.mark else None,
            column=problem.mark.column if problem.mark else None,
            key=_safe(problem.key, 200) if problem.key else None,
        ),
        problem=_safe(problem.problem, 600),
        why=_safe(problem.why, 600),
        fix=_safe(problem.fix, 600),
        command=problem.command,
    )
