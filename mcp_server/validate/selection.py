"""Which findings are wanted: ``--select`` and ``--ignore`` of the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from mcp_server.answer import Finding
from mcp_server.document.document import Document
from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote
from mcp_server.validate.engine import Report
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Selection:
    """Words: a rule's id, the beginning of ids (``claude-``), a glob (``*-unknown``), or a severity.

    A finding is kept when a word of ``select`` names it (or there is none) and no word of ``ignore`` does.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises:
        UsageError: a word names nothing.
        """
        for word in (*self.select, *self.ignore):
            if word not in SEVERITIES and not any(_names(word, rule.ID) for rule in RULES):
                ids = [*SEVERITIES, *(rule.ID for rule in RULES)]
                close = nearest(word[:80], ids)
                raise UsageError(
                    f"no rule is named {quote(word, 80)!r}.",
                    (f"Did you mean {close}? " if close else "")
                    + "Ids, beginnings of ids, globs and severities are known; validate --list-rules shows the ids.",
                )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules to run. Those that read the syntax always do: nothing else can be said of an unreadable file."""
        return tuple(rule for rule in RULES if rule.ID.endswith("-syntax") or self._may_keep(rule))

    def _may_keep(self, rule: Rule) -> bool:
        if any(_names(word, rule.ID) for word in self.ignore if word not in SEVERITIES):
            return False
        return not self.select or any(word in SEVERITIES or _names(word, rule.ID) for word in self.select)

    def keeps(self, finding: Finding) -> bool:
        """Whether ``finding`` is wanted."""

        def named(words: tuple[str, ...]) -> bool:
            return any(word == finding.severity if word in SEVERITIES else _names(word, finding.id) for word in words)

        return not named(self.ignore) and (not self.select or named(self.select))

    def narrow(self, document: Document, report: Report, known: Callable[[Finding], bool] | None = None) -> Report:
        """The report with the findings that are wanted; those that ``known`` tells from the baseline stand apart.

        Why a file cannot be read is always wanted: without it a file that nobody checked would look clean.
        """
        wanted = [
            (finding, change)
            for finding, change in zip(report.findings, report.changes, strict=True)
            if self.keeps(finding) or (not document.readable and finding.id.endswith("-syntax"))
        ]
        old = {id(finding) for finding, _ in wanted if known is not None and known(finding)}
        kept = [pair for pair in wanted if id(pair[0]) not in old]
        return replace(
            report,
            findings=[finding for finding, _ in kept],
            changes=[change for _, change in kept],
            suppressed=[s for s in report.suppressed if self.keeps(s.finding)],
            known=[finding for finding, _ in wanted if id(finding) in old],
        )


#: Every rule, every severity.
ALL = Selection()


def _names(word: str, rule_id: str) -> bool:
    if any(sign in word for sign in "*?["):
        return fnmatchcase(rule_id, word)
    return bool(word) and rule_id.startswith(word)
