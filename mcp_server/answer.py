"""The Answer: the one result type of every tool and command.

Field order is section order (Quick Answer, Config, Verification, Context); ``findings[0]`` is the most likely
root cause. The payload leaves out what is empty and is bounded, so that no input can flood a model's context.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["ok", "warnings", "errors", "unknown"]
Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
Status = Literal["pass", "warn", "fail", "skip", "todo"]

#: Upper bound of a payload, in characters of JSON: 6,000 tokens at four characters each.
MAX_PAYLOAD_CHARACTERS = 24_000
_SEVERITY_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConfigFile(_Part):
    """Exact bytes of one file (or the commands to type, with ``path`` naming where)."""

    path: str
    language: str = Field(description="yaml, json, shell, …")
    content: str
    why: str


class Check(_Part):
    """One verification step: done (pass, warn, fail), not done (skip) or for the user to do (todo)."""

    title: str
    status: Status
    detail: str
    command: str | None = None
    expect: str | None = None
    if_not: str | None = None


class Where(_Part):
    """Place of a finding: file, one-based line and column, dotted key."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None


class Finding(_Part):
    """One problem. ``id`` is stable API: a lint rule (kebab-case) or an id of ``catalogue/causes.yaml``."""

    id: str
    severity: Severity
    confidence: Confidence
    where: Where | None = None
    problem: str
    why: str
    fix: str
    command: str | None = None


class Answer(_Part):
    """What every tool returns, in every surface."""

    verdict: Verdict
    quick_answer: str
    config: list[ConfigFile] = []
    verification: list[Check] = []
    context: list[str] = []
    findings: list[Finding] = []

    def document(self) -> dict[str, Any]:
        """The whole Answer as plain JSON data, without ``null`` and without empty lists."""
        return {k: v for k, v in self.model_dump(mode="json", exclude_none=True).items() if v != []}

    def _size(self) -> int:
        return len(json.dumps(self.document(), ensure_ascii=False))

    def bounded(self) -> Answer:
        """This Answer, or a shortened one whose document has at most ``MAX_PAYLOAD_CHARACTERS``."""
        if self._size() <= MAX_PAYLOAD_CHARACTERS:
            return self
        short = self.model_copy(deep=True)
        short.quick_answer = _cut(short.quick_answer, 1_200)
        for step in short.verification:
            step.detail, step.command = _cut(step.detail, 600), _cut_optional(step.command, 600)
            step.expect, step.if_not = _cut_optional(step.expect, 300), _cut_optional(step.if_not, 300)
        for finding in short.findings:
            finding.problem, finding.why = _cut(finding.problem, 400), _cut(finding.why, 400)
            finding.fix, finding.command = _cut(finding.fix, 400), _cut_optional(finding.command, 400)
        short.context = [_cut(line, 600) for line in short.context]
        notes: list[str] = []
        # Shed the least important first; a file is left out whole, never cut: half a file is a wrong file.
        while short._size() + sum(map(len, notes)) > MAX_PAYLOAD_CHARACTERS - 400:
            if len(short.findings) > 20:
                notes = [_left_out(len(self.findings) - 20, "findings")]
                del short.findings[20:]
            elif len(short.context) > 3:
                short.context.pop()
            elif len(short.verification) > 12:
                del short.verification[12:]
                notes.append(_left_out(len(self.verification) - 12, "checks"))
            elif any(len(f.content) > 300 for f in short.config):
                largest = max(short.config, key=lambda f: len(f.content))
                largest.content = (
                    f"left out here: {len(largest.content):,} characters. "
                    "Run the same request with the llm-gateway command; it prints every file whole."
                )
                largest.language = "text"
            elif len(short.config) > 3:
                short.config.pop()
            elif short.findings:
                short.findings.pop()
            elif short.verification:
                short.verification.pop()
            else:
                short.context = []
                break
        short.context = [*notes, *short.context]
        return short


def sort_findings(findings: list[Finding]) -> list[Finding]:
    """Errors first, in the order given within one severity (callers list the likeliest cause first)."""
    return sorted(findings, key=lambda f: _SEVERITY_ORDER[f.severity])


def verdict_of(findings: list[Finding], *, proven: bool) -> Verdict:
    """The verdict that these findings allow. ``ok`` needs ``proven``: something actually seen to work."""
    if any(f.severity == "error" for f in findings):
        return "errors"
    if any(f.severity == "warning" for f in findings):
        return "warnings"
    return "ok" if proven else "unknown"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _cut_optional(text: str | None, limit: int) -> str | None:
    return None if text is None else _cut(text, limit)


def _left_out(count: int, what: str) -> str:
    return f"{count:,} more {what} are left out here; the llm-gateway command prints them all."
