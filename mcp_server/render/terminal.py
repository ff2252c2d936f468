"""An Answer for a terminal: the same four sections, wrapped to the width, coloured when asked."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from mcp_server.answer import Answer, Check, Finding, Severity, Status, Verdict, Where
from mcp_server.render.markdown import place

_MARKS: dict[Status, tuple[str, str]] = {
    "pass": ("✓", "32"),
    "warn": ("!", "33"),
    "fail": ("✗", "31"),
    "skip": ("–", "2"),
    "todo": ("☐", "36"),
}
_VERDICTS: dict[Verdict, str] = {"ok": "32", "warnings": "33", "errors": "31", "unknown": "36"}
_SEVERITIES: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}


Excerpt = Callable[[Where | None], list[str]]
"""Lines of the source to show below a finding's place."""


def terminal(answer: Answer, *, width: int = 100, colour: bool = False, excerpt: Excerpt | None = None) -> str:
    """The Answer as text for ``width`` columns; ``colour`` adds ANSI attributes and nothing else."""
    return _Page(max(width, 40), colour, excerpt or (lambda _: [])).render(answer)


class _Page:
    def __init__(self, width: int, colour: bool, excerpt: Excerpt) -> None:
        self.width = width
        self.colour = colour
        self.excerpt = excerpt

    def render(self, answer: Answer) -> str:
        lines = [self._heading("Quick Answer")]
        verdict = self._paint(answer.verdict.upper(), "1;" + _VERDICTS[answer.verdict])
        lines += self._wrap(
            answer.quick_answer, first=f"{verdict}  ", indent=2, hidden=len(verdict) - len(answer.verdict)
        )
        for finding in answer.findings:
            lines += ["", *self._finding(finding)]
        lines += ["", self._heading("Config")]
        for n, file in enumerate(answer.config):
            lines += [""] if n else []
            lines += self._wrap(f"{file.path}: {file.why}", indent=0)
            # File content is never wrapped: it is there to be copied.
            lines += [self._paint("│ ", "2") + line for line in file.content.rstrip("\n").split("\n")]
        lines += [] if answer.config else ["Nothing to change."]
        lines += ["", self._heading("Verification")]
        for check in answer.verification:
            lines += self._check(check)
        lines += [] if answer.verification else ["Nothing to verify."]
        lines += ["", self._heading("Context")]
        for note in answer.context:
            lines += self._wrap(note, first="• ", indent=2)
        lines += [] if answer.context else ["Nothing to add."]
        return "\n".join(lines) + "\n"

    def _finding(self, finding: Finding) -> list[str]:
        label = self._paint(f"{finding.severity}[{finding.id}]", "1;" + _SEVERITIES[finding.severity])
        hidden = len(label) - len(f"{finding.severity}[{finding.id}]")
        lines = self._wrap(finding.problem, first=f"{label}: ", indent=2, hidden=hidden)
        spot = place(finding.where)
        if spot:
            lines.append(f"  --> {spot}")
            lines += self.excerpt(finding.where)
        lines += self._wrap(finding.why, first="  = why: ", indent=9)
        lines += self._wrap(finding.fix, first="  = help: ", indent=10)
        if finding.command:
            lines.append(f"          {self._paint(finding.command, '1')}")
        if finding.confidence != "high":
            lines.append(f"  = note: confidence {finding.confidence}")
        return lines

    def _check(self, check: Check) -> list[str]:
        sign, paint = _MARKS[check.status]
        mark = self._paint(f"[{sign}]", paint)
        lines = self._wrap(f"{check.title}: {check.detail}", first=f"{mark} ", indent=4, hidden=len(mark) - 3)
        if check.command:
            lines.append(f"    $ {self._paint(check.command, '1')}")
        if check.expect:
            lines += self._wrap(check.expect, first="      expect: ", indent=14)
        if check.if_not:
            lines += self._wrap(check.if_not, first="      if not: ", indent=14)
        return lines

    def _heading(self, text: str) -> str:
        return self._paint(f"── {text} ".ljust(min(self.width, 100), "─"), "1")

    def _wrap(self, text: str, *, first: str = "", indent: int, hidden: int = 0) -> list[str]:
        return textwrap.wrap(
            " ".join(text.split()),
            width=self.width + hidden,
            initial_indent=first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first.rstrip()]

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text
