"""From a report to an Answer: verdict, what to change, what was checked and what was not."""

from __future__ import annotations

from collections import Counter

from mcp_server.answer import Answer, Check, ConfigFile, verdict_of
from mcp_server.document.document import Document
from mcp_server.document.edits import diff
from mcp_server.redact import quote
from mcp_server.validate import kinds
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.engine import Report

#: Exact changes shown; the rest is in the findings.
MAX_CHANGES = 30


def summarise(document: Document, context: Context, report: Report, place: str) -> Answer:
    """The Answer about one file; ``place`` names it for the reader (a path or ``the given content``)."""
    findings = report.findings
    return Answer(
        verdict=verdict_of(findings, proven=True),  # the question is the file, and the file was read whole
        quick_answer=_quick(report, place, context.kind),
        config=_changes(report, place, document),
        verification=_verification(report, context),
        context=_context(context, document),
        findings=findings,
    )


def _quick(report: Report, place: str, kind: Kind) -> str:
    findings, checks = report.findings, len(report.ran)
    if not findings:
        aside = len(report.suppressed) + len(report.known)
        what = f"nothing new found in {place} ({checks} checks, {_count(aside, 'finding')} set aside)"
        if aside:
            return f"{what}; not yet tried against a running gateway."
        return f"no problems found in {place} ({checks} checks); not yet tried against a running gateway."
    counts = Counter(f.severity for f in findings)
    parts = [_count(counts[s], s) for s in ("error", "warning") if counts[s]]
    parts += [f"{counts['info']} note{'s' if counts['info'] > 1 else ''}"] if counts["info"] else []
    said = f"{' and '.join(parts) if len(parts) < 3 else ', '.join(parts)} in {place} ({kinds.get(kind).TITLE})"
    if not counts["error"] and not counts["warning"]:
        return f"no mistakes found in {place} ({checks} checks, {parts[0]}); not yet tried against a running gateway."
    first = findings[0]
    line = f"line {first.where.line}: " if first.where and first.where.line else ""
    return f"{said}. First: {line}{first.problem}. Fix: {first.fix}."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _changes(report: Report, place: str, document: Document) -> list[ConfigFile]:
    possible = [change for change in report.changes if change is not None]
    content, hidden = diff(document.lines, possible[:MAX_CHANGES], place)
    if not content:
        return []
    more = hidden + max(len(possible) - MAX_CHANGES, 0)
    return [
        ConfigFile(
            path=place,
            language="diff",
            content=content,
            why="change exactly these lines"
            + (f" ({more} more changes are in the findings)" if more else "")
            + "; keep credentials in the environment, never in the file",
        )
    ]


def _verification(report: Report, context: Context) -> list[Check]:
    by_rule = Counter(f.id for f in report.findings)
    clean = sum(1 for rule in report.ran if not by_rule[rule])
    worst = {f.id: f.severity for f in reversed(report.findings)}
    checks = [
        Check(
            title=f"{len(report.ran)} rules for a {kinds.get(context.kind).TITLE}",
            status="fail" if "error" in worst.values() else "warn" if "warning" in worst.values() else "pass",
            detail=f"{clean} found nothing" + (f"; findings from {_listed(by_rule)}" if by_rule else ""),
        )
    ]
    for reason, count in Counter(report.skipped.values()).items():
        checks.append(
            Check(
                title=f"{count} rules not run",
                status="skip",
                detail=f"{reason}; repair the syntax and check again",
            )
        )
    checks += _set_aside(report)
    if context.environment is None:
        checks.append(
            Check(title="variables and files", status="skip", detail="left out on request (environment=ignore)")
        )
    elif context.exists is None:
        checks.append(
            Check(title="neighbouring files", status="skip", detail="content was given without a path to look from")
        )
    checks.append(
        Check(
            title="the running gateway",
            status="todo",
            detail="a valid file says nothing about credentials, models and regions",
            command=kinds.get(context.kind).NEXT,
            expect=kinds.get(context.kind).EXPECT,
            if_not="llm-gateway diagnose with the text that comes back",
        )
    )
    return checks


def _set_aside(report: Report) -> list[Check]:
    """Findings that do not count: always told, because the file itself may ask for it."""
    checks = []
    if report.suppressed:
        listed = [
            f"{s.finding.id} (line {s.line}{f': {s.reason}' if s.reason else ''})" for s in report.suppressed[:12]
        ]
        checks.append(
            Check(
                title=f"{_count(len(report.suppressed), 'finding')} silenced by comments in the file",
                status="skip",
                detail=", ".join(listed) + (" and more" if len(report.suppressed) > 12 else ""),
            )
        )
    if report.known:
        checks.append(
            Check(
                title=f"{_count(len(report.known), 'finding')} known from the baseline",
                status="skip",
                detail=_listed(Counter(f.id for f in report.known)),
            )
        )
    return checks


def _listed(by_rule: Counter[str]) -> str:
    return ", ".join(f"{rule} ({number})" for rule, number in by_rule.most_common(12))


def _context(context: Context, document: Document) -> list[str]:
    notes = [kinds.get(context.kind).NOT_CHECKED]
    if context.kind == "litellm":
        from mcp_server.validate.kinds.litellm import schema

        release = schema(context.litellm).version
        notes.append(
            f"Keys, providers and strategies are those of LiteLLM {release} (catalogue/litellm_schema.json, "
            "extracted from that release); another release may know more or fewer."
        )
        if context.environment is not None:
            notes.append(
                "Variables were looked up in this process's environment; if LiteLLM runs elsewhere, check them there, "
                "or use environment=ignore."
            )
    notes.append("Security: values of credentials are never shown; a file with secrets in it should not be committed.")
    if document.name:
        notes.append(f"File read: {quote(document.name)}")
    return notes
