"""Makes the changes that rules name, and proves every one of them: the text is read and judged again after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mcp_server.answer import Finding
from mcp_server.document.document import Document, parse
from mcp_server.document.edit import Change
from mcp_server.document.edits import apply
from mcp_server.validate import kinds
from mcp_server.validate.context import Context
from mcp_server.validate.engine import MAX_FINDINGS, Report

#: Rounds: a change may uncover the next, or leave out one that touches it.
MAX_ROUNDS = 10
#: JSON readers stop at their first mistake, so each mistake of syntax costs a round.
MAX_SYNTAX_ROUNDS = 100
#: Readings of the text in one round, when changes have to be tried apart.
MAX_TRIALS = 100

Judge = Callable[[Document], Report]
Candidate = tuple[Finding, Change]


@dataclass(frozen=True)
class Fixed:
    """``applied``: the findings whose changes were made; ``left``: what is found in ``after``, read as ``document``."""

    before: str
    after: str
    applied: list[Finding]
    left: list[Finding]
    document: Document


def fix(document: Document, context: Context, judge: Judge, *, unsafe: bool = False) -> Fixed:
    """The text with all changes that are safe (with ``unsafe``: all) and stand the proof.

    A change is taken back when the text then cannot be read any more, when an error appears that was not there, or
    when the finding stays. ``judge`` is the engine's report, or a filtered one: what it leaves out is not changed.
    """
    before, report = document.text, judge(document)
    applied: list[Finding] = []
    rounds = syntax_rounds = 0
    while rounds < MAX_ROUNDS and syntax_rounds < MAX_SYNTAX_ROUNDS:
        candidates = _candidates(report, unsafe)
        round_ = _Round(document, context, report, judge)
        made = round_.grow([], candidates)
        if not made:
            break
        if not document.readable:
            syntax_rounds += 1
        elif len(made) < MAX_FINDINGS:  # else the engine has not listed all
            rounds += 1
        applied += made
        document, report = round_.best
    return Fixed(before, document.text, applied, report.findings, document)


def _candidates(report: Report, unsafe: bool) -> list[Candidate]:
    pairs = zip(report.findings, report.changes, strict=True)
    return [(finding, change) for finding, change in pairs if change is not None and (unsafe or change.safe)]


class _Round:
    """Tries changes of one text together, and apart where together they do not stand the proof."""

    def __init__(self, document: Document, context: Context, report: Report, judge: Judge) -> None:
        self._document = document
        self._context = context
        self._report = report
        self._judge = judge
        self._trials = 0
        self.best = (document, report)

    def grow(self, accepted: list[Candidate], candidates: list[Candidate]) -> list[Finding]:
        """The findings cured by as many of ``candidates`` as go together."""
        return [finding for finding, _ in self._grow(accepted, candidates)]

    def _grow(self, accepted: list[Candidate], candidates: list[Candidate]) -> list[Candidate]:
        if not candidates or self._trials >= MAX_TRIALS:
            return accepted
        taken = self._try([*accepted, *candidates])
        if taken is not None:
            return taken
        if len(candidates) == 1:
            return accepted
        half = len(candidates) // 2
        return self._grow(self._grow(accepted, candidates[:half]), candidates[half:])

    def _try(self, candidates: list[Candidate]) -> list[Candidate] | None:
        """Those of the candidates that could be made together, ``None`` when the result does not stand the proof."""
        self._trials += 1
        text, made = apply(self._document.text, (change for _, change in candidates))
        there = set(made)
        taken = [pair for pair in candidates if pair[1] in there]
        if text == self._document.text:
            return None
        after = _read(self._document, text, self._context)
        if _syntax_worse(self._document, after):
            return None
        report = self._judge(after)
        if self._document.readable and (
            _new_errors(self._report.findings, report.findings)
            or not _cured(self._report.findings, report.findings, [finding for finding, _ in taken])
        ):
            return None
        self.best = (after, report)
        return taken


def _read(document: Document, text: str, context: Context) -> Document:
    """``text`` read exactly as the file would be: same encoding, same byte order mark."""
    module = kinds.get(context.kind)
    changed = Document(document.language, text, document.name, document.bom)
    data = changed.data if document.bom else text
    return parse(data, document.language, document.name, reader=module.READER, documents=module.DOCUMENTS)


def _syntax_worse(before: Document, after: Document) -> bool:
    """Unreadable now, and the first obstacle is not further down than before."""
    if after.readable:
        return False
    if before.readable:
        return True
    # counted from the end: a repair may add or remove lines above
    left = [len(d.lines) - d.syntax[-1].mark.line for d in (before, after)]
    columns = [len(d.line(d.syntax[-1].mark.line)) - d.syntax[-1].mark.column for d in (before, after)]
    return (left[1], columns[1]) >= (left[0], columns[0])


def _new_errors(before: Iterable[Finding], after: Iterable[Finding]) -> bool:
    def errors(findings: Iterable[Finding]) -> Counter[str]:
        return Counter(f.id for f in findings if f.severity == "error")

    return bool(errors(after) - errors(before))


def _cured(before: list[Finding], after: list[Finding], made: list[Finding]) -> bool:
    """Every finding acted upon is gone: as many of its kind at its key as were repaired."""

    def key(finding: Finding) -> tuple[str, str | None, str]:
        # without numbers: places and positions in lists shift when lines do
        digits = str.maketrans("", "", "0123456789")
        return finding.id, finding.where.key if finding.where else None, finding.problem.translate(digits)

    counts, now = Counter(map(key, before)), Counter(map(key, after))
    return all(now[k] <= counts[k] - number for k, number in Counter(map(key, made)).items())
