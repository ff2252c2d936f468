"""From a report to an Answer: verdict, what to change, what was checked and what was not."""

from __future__ import annotations

from collections import Counter

from mcp_server.answer import Answer, Check, ConfigFile, Finding, verdict_of
from mcp_server.redact import quote
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.engine import Report

TITLES: dict[Kind, str] = {"litellm": "LiteLLM configuration", "claude-settings": "Claude Code settings file"}
#: Exact edits shown; the rest is in the findings.
MAX_EDITS = 30
NOT_CHECKED = {
    "litellm": "Not checked here: whether the credentials are valid, the regions and quotas allow the models, and the "
    "gateway answers. Only a request does that: llm-gateway test-model.",
    "claude-settings": "Not checked here: other settings files and shell variables, which may override this one, and "
    "whether the gateway answers. llm-gateway check-proxy and test-model use the effective settings.",
}
NEXT = {
    "litellm": "llm-gateway test-model --base-url http://127.0.0.1:4000 --level claude-code",
    "claude-settings": "llm-gateway test-model --level claude-code",
}


def summarise(document: Document, context: Context, report: Report, place: str) -> Answer:
    """The Answer about one file; ``place`` names it for the reader (a path or ``the given content``)."""
    findings = report.findings
    return Answer(
        verdict=verdict_of(findings, proven=True),  # the question is the file, and the file was read whole
        quick_answer=_quick(findings, place, len(report.ran), context.kind),
        config=_edits(report, place, document),
        verification=_verification(report, context),
        context=_context(context, document),
        findings=findings,
    )


def _quick(findings: list[Finding], place: str, checks: int, kind: Kind) -> str:
    if not findings:
        return f"no problems found in {place} ({checks} checks); not yet tried against a running gateway."
    counts = Counter(f.severity for f in findings)
    parts = [_count(counts[s], s) for s in ("error", "warning") if counts[s]]
    parts += [f"{counts['info']} note{'s' if counts['info'] > 1 else ''}"] if counts["info"] else []
    said = f"{' and '.join(parts) if len(parts) < 3 else ', '.join(parts)} in {place} ({TITLES[kind]})"
    if not counts["error"] and not counts["warning"]:
        return f"no mistakes found in {place} ({checks} checks, {parts[0]}); not yet tried against a running gateway."
    first = findings[0]
    line = f"line {first.where.line}: " if first.where and first.where.line else ""
    return f"{said}. First: {line}{first.problem}. Fix: {first.fix}."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _edits(report: Report, place: str, document: Document) -> list[ConfigFile]:
    # Two edits of one line would each undo the other: keep the first, the finding still tells the second.
    by_line: dict[int, str] = {}
    for replacement in report.replacements:
        by_line.setdefault(replacement.line, replacement.text)
    if not by_line:
        return []
    shown = sorted(by_line.items())[:MAX_EDITS]
    mark = "#" if document.language == "yaml" else "//"
    lines = [part for number, text in shown for part in (f"{mark} line {number}", text)]
    more = len(by_line) - len(shown)
    return [
        ConfigFile(
            path=place,
            language=document.language if document.language == "yaml" else "jsonc",
            content="\n".join(lines) + "\n",
            why="these lines, exactly, in place of the ones with the same number"
            + (f" ({more} more edits are in the findings)" if more else "")
            + "; keep credentials in the environment, never in the file",
        )
    ]


def _verification(report: Report, context: Context) -> list[Check]:
    by_rule = Counter(f.id for f in report.findings)
    clean = sum(1 for rule in report.ran if not by_rule[rule])
    worst = {f.id: f.severity for f in reversed(report.findings)}
    checks = [
        Check(
            title=f"{len(report.ran)} rules for a {TITLES[context.kind]}",
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
            command=NEXT[context.kind],
            expect="verdict ok for every model",
            if_not="llm-gateway diagnose with the text that comes back",
        )
    )
    return checks


def _listed(by_rule: Counter[str]) -> str:
    return ", ".join(f"{rule} ({number})" for rule, number in by_rule.most_common(12))


def _context(context: Context, document: Document) -> list[str]:
    notes = [NOT_CHECKED[context.kind]]
    if context.kind == "litellm":
        from mcp_server.validate.litellm import schema

        notes.append(
            f"Keys, providers and strategies are those of LiteLLM {schema().version} (catalogue/litellm_schema.json, "
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
