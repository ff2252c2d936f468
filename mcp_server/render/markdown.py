"""An Answer as Markdown with the four ``##`` headings, in section order."""

from __future__ import annotations

from mcp_server.answer import Answer, Check, ConfigFile, Finding, Status, Where

_MARKS: dict[Status, str] = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "todo": "☐"}


def markdown(answer: Answer) -> str:
    """Quick Answer, Config, Verification and Context; findings belong to the Quick Answer."""
    return "\n".join(
        [
            "## Quick Answer",
            "",
            f"**{answer.verdict}**: {answer.quick_answer}",
            *(line for finding in answer.findings for line in _finding(finding)),
            "",
            "## Config",
            "",
            *(_join([_config(file) for file in answer.config]) or ["Nothing to change."]),
            "",
            "## Verification",
            "",
            *([line for check in answer.verification for line in _check(check)] or ["Nothing to verify."]),
            "",
            "## Context",
            "",
            *([f"- {line}" for line in answer.context] or ["Nothing to add."]),
            "",
        ]
    )


def place(where: Where | None) -> str:
    """``file:line:column (key)``, as far as known; empty when nothing is."""
    if where is None:
        return ""
    numbers = ":".join(str(n) for n in (where.line, where.column) if n is not None)
    spot = ":".join(part for part in (where.file or "", numbers) if part)
    if where.key:
        return f"{spot} ({where.key})" if spot else where.key
    return spot


def _finding(finding: Finding) -> list[str]:
    spot = place(finding.where)
    lines = [
        "",
        f"- **{finding.severity}[{finding.id}]** {finding.problem}" + (f" — `{spot}`" if spot else ""),
        f"  - why: {finding.why}",
        f"  - fix: {finding.fix}" + (f" (`{finding.command}`)" if finding.command else ""),
    ]
    if finding.confidence != "high":
        lines.append(f"  - confidence: {finding.confidence}")
    return lines


def _config(file: ConfigFile) -> list[str]:
    fence = "```"
    while fence in file.content:
        fence += "`"
    return [f"**{file.path}**: {file.why}", "", f"{fence}{file.language}", file.content.rstrip("\n"), fence]


def _check(check: Check) -> list[str]:
    lines = [f"- {_MARKS[check.status]} **{check.title}** ({check.status}): {check.detail}"]
    if check.command:
        lines.append(f"  - run: `{check.command}`")
    if check.expect:
        lines.append(f"  - expect: {check.expect}")
    if check.if_not:
        lines.append(f"  - if not: {check.if_not}")
    return lines


def _join(blocks: list[list[str]]) -> list[str]:
    return [line for n, block in enumerate(blocks) for line in (block if n == 0 else ["", *block])]
