"""Runs the rules over a document and turns their problems into findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from mcp_server.answer import Finding, Where, sort_findings
from mcp_server.redact import quote
from mcp_server.validate import kinds
from mcp_server.validate.context import Context
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.kind import Part
from mcp_server.validate.nodes import join
from mcp_server.validate.problem import Change, Problem
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES

#: Most sentences repeat from finding to finding, and redaction runs some thirty patterns over each.
_safe = lru_cache(maxsize=8_192)(quote)


@dataclass
class Report:
    """Findings in order of severity and place; ``changes`` holds the change of each finding (``None``: no exact one).

    ``ran`` and ``skipped`` (id to reason) cover the rules of the kinds found in the file.
    """

    findings: list[Finding] = field(default_factory=list)
    changes: list[Change | None] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def validate(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> list[Finding]:
    """All findings of ``document``, errors first, then by line."""
    return report(document, context, rules).findings


def report(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> Report:
    """As ``validate``, with what ran and what did not."""
    result = Report()
    found: list[tuple[Finding, Change | None]] = []
    for part in _parts(document, context):
        within = replace(context, kind=part.kind, scope=None) if part.prefix else context
        for rule in rules:
            if part.kind not in rule.KINDS:
                continue
            if not part.document.readable and not rule.ID.endswith("-syntax"):
                result.skipped[rule.ID] = "the file cannot be read as a configuration"
                continue
            if rule.ID not in result.ran:
                result.ran.append(rule.ID)
            found += [(_finding(rule, p, part), p.change) for p in rule.check(part.document, within)]
    found.sort(key=lambda pair: _place(pair[0]))
    changes = {id(finding): change for finding, change in found}
    result.findings = sort_findings([finding for finding, _ in found])
    result.changes = [changes[id(finding)] for finding in result.findings]
    return result


def _parts(document: Document, context: Context) -> Iterator[Part]:
    """The file itself, then the configurations of other kinds inside it."""
    yield Part(context.kind, document, "")
    if document.readable:
        yield from kinds.get(context.kind).parts(document)


def _place(finding: Finding) -> tuple[int, int]:
    where = finding.where
    return (where.line or 0, where.column or 0) if where else (0, 0)


def _finding(rule: Rule, problem: Problem, part: Part) -> Finding:
    key = join(part.prefix, problem.key) if problem.key else part.prefix
    return Finding(
        id=rule.ID,
        severity=problem.severity or rule.SEVERITY,
        confidence=problem.confidence,
        where=Where(
            file=part.document.name,
            line=problem.mark.line if problem.mark else None,
            column=problem.mark.column if problem.mark else None,
            key=_safe(key, 200) if key else None,
        ),
        problem=_safe(problem.problem, 600),
        why=_safe(problem.why, 600),
        fix=_safe(problem.fix, 600),
        command=problem.command,
    )
