"""Runs the rules over a document and turns their problems into findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from mcp_server.answer import Finding, Where, sort_findings
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.nodes import Mark, join
from mcp_server.redact import quote
from mcp_server.validate import kinds, suppressions
from mcp_server.validate.context import Context
from mcp_server.validate.embedded import READ_ONLY, depends
from mcp_server.validate.includes import includes, is_empty
from mcp_server.validate.kinds.env import env
from mcp_server.validate.kinds.kind import MAX_PARTS, Part
from mcp_server.validate.problem import Problem
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES, yaml_syntax
from mcp_server.validate.schemas.litellm_schema import checking_against
from mcp_server.validate.suppressions import Suppressed

#: Most sentences repeat from finding to finding, and redaction runs some thirty patterns over each.
_safe = lru_cache(maxsize=8_192)(quote)

#: Findings of one rule in one file. A file with more has one cause for many of them, or is made to keep us busy.
MAX_FINDINGS = 500
_MORE: dict[str, Any] = {
    "problem": f"there is more of this: the file has more than {MAX_FINDINGS:,} findings of this rule",
    "why": "the places from here on are not listed",
    "fix": "repair the listed ones and check again",
    "severity": "info",
    "change": None,
}


@dataclass
class Report:
    """Findings in order of severity and place; ``changes`` holds the change of each finding (``None``: no exact one).

    ``suppressed`` are those that a comment in the file silences, ``known`` those of the baseline; neither counts.
    ``ran`` and ``skipped`` (id to reason) cover the rules of the kinds found in the file.
    """

    findings: list[Finding] = field(default_factory=list)
    changes: list[Change | None] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    suppressed: list[Suppressed] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)


def validate(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> list[Finding]:
    """All findings of ``document``, errors first, then by line."""
    return report(document, context, rules).findings


def report(document: Document, context: Context, rules: tuple[Rule, ...] = RULES) -> Report:
    """As ``validate``, with what ran and what did not."""
    with checking_against(context.litellm):
        return _report(document, context, rules)


def _report(document: Document, context: Context, rules: tuple[Rule, ...]) -> Report:
    result = Report()
    found: list[tuple[Finding, Change | None]] = []
    parts = list(islice(_parts(document, context), MAX_PARTS + 2))  # the file itself, and one that shows there are more
    if len(parts) > MAX_PARTS + 1:
        found.append((_finding(yaml_syntax, _too_many(parts.pop()), parts[0]), None))
    own = [part.document for part in parts if part.own_file]
    inner = [part.document for part in parts[1:] if not part.own_file]
    counts: Counter[str] = Counter()
    comments = suppressions.attach(document, inner, result.ran)
    for file in own:
        suppressions.attach(file, (), result.ran)
    # Rule by rule, so that the last one can tell which comments were of no use to all the others.
    for rule in rules:
        for part in parts:
            if part.kind not in rule.KINDS or _of_the_other_side(rule, part):
                continue
            if not part.document.readable and not rule.ID.endswith("-syntax"):
                result.skipped[rule.ID] = "the file cannot be read as a configuration"
                continue
            if counts[rule.ID] > MAX_FINDINGS:
                break
            if rule.ID not in result.ran:
                result.ran.append(rule.ID)
            within = _within(part, context) if part.prefix else context
            for problem in rule.check(part.document, within):
                if depends(part.document, problem.mark):
                    continue
                counts[rule.ID] += 1
                if counts[rule.ID] > MAX_FINDINGS:
                    found.append((_finding(rule, replace(problem, **_MORE), part), None))
                    break
                finding = _finding(rule, problem, part)
                silenced = (suppressions.of(part.document) if part.own_file else comments).judge(finding)
                if silenced is None:
                    found.append((finding, problem.change if _editable(part) else None))
                else:
                    result.suppressed.append(silenced)
    found.sort(key=lambda pair: _place(pair[0]))
    changes = {id(finding): change for finding, change in found}
    result.suppressed.sort(key=lambda silenced: _place(silenced.finding))
    result.findings = sort_findings([finding for finding, _ in found])
    result.changes = [changes[id(finding)] for finding in result.findings]
    return result


def _too_many(part: Part) -> Problem:
    return Problem(
        f"the file holds more than {MAX_PARTS} configurations; from here on none is checked",
        "mistakes further down stay unseen",
        "split the file",
        part.document.root.mark if part.document.root else None,
        severity="warning",
    )


def _of_the_other_side(rule: Rule, part: Part) -> bool:
    """A rule about the client, and variables of a gateway's container, where the same names mean another thing."""
    about_client = "claude-settings" in rule.KINDS and set(rule.KINDS) <= {"claude-settings", "env"}
    return about_client and part.kind == "env" and bool(part.prefix) and env(part.document).gateway


def _editable(part: Part) -> bool:
    """Whether the places of the part are exact enough, and in the checked file, for its changes to be made."""
    return not part.own_file and not part.document.views.get(READ_ONLY)


def _within(part: Part, context: Context) -> Context:
    """What a rule may know about a part: it runs where its container runs, not beside the file."""
    if part.own_file:
        return replace(context, kind=part.kind, scope=None)
    return replace(
        context,
        kind=part.kind,
        environment=part.environment if context.environment is not None else None,
        exists=None,
        read=None,
        scope=None,
    )


def _parts(document: Document, context: Context) -> Iterator[Part]:
    """The file itself, then the configurations of other kinds inside it, then the files that it includes."""
    yield Part(context.kind, document, "")
    if document.readable:
        yield from kinds.get(context.kind).parts(document)
        if context.kind == "litellm":
            files = includes(document, context).files
            yield from (Part("litellm", file, "", own_file=True) for file in files if not is_empty(file))


def _place(finding: Finding) -> tuple[int, int]:
    where = finding.where
    return (where.line or 0, where.column or 0) if where else (0, 0)


def _finding(rule: Rule, problem: Problem, part: Part) -> Finding:
    name = problem.key.removeprefix("env.") if problem.key and part.kind == "env" else problem.key
    key = join(part.prefix, name) if name else part.prefix
    mark = problem.mark
    if part.prefix and mark == Mark(1, 1) and part.document.root is not None:
        mark = part.document.root.mark  # the beginning of the part, not of the file
    return Finding(
        id=rule.ID,
        severity=problem.severity or rule.SEVERITY,
        confidence=problem.confidence,
        where=Where(
            file=part.document.name,
            line=mark.line if mark else None,
            column=mark.column if mark else None,
            key=_safe(key, 200) if key else None,
        ),
        problem=_safe(problem.problem, 600),
        why=_safe(problem.why, 600),
        fix=_safe(problem.fix, 600),
        command=problem.command,
    )
