"""The evidence engine: a symptom and facts about the machine become ranked causes, each with its reasons.

Causes, patterns and weights are data (``catalogue/causes_evidence.yaml``). A score is a sum that anyone can redo:
the strongest supporting signal counts whole, each further one half of the one before it, opposing ones in full.
Resemblance of words is one more supporting signal: it orders candidates, and never counts for the confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcp_server.answer import Confidence, Finding
from mcp_server.catalogue.load import causes
from mcp_server.diagnose.author import Symptom
from mcp_server.diagnose.credentials import CredentialFacts
from mcp_server.diagnose.facts import Fact, machine_facts
from mcp_server.diagnose.signals import Evidence, Knowledge, Signal, holds, signals, stated_facts
from mcp_server.diagnose.words import resembling
from mcp_server.snapshot import Snapshot

UNKNOWN = "unknown"
#: Thresholds of the three confidences: score of the first cause and its lead over the second.
HIGH_SCORE, HIGH_LEAD = 7.0, 2.5
MEDIUM_SCORE, MEDIUM_LEAD = 5.0, 1.0
LOW_SCORE = 3.0
#: What the resemblance of words (diagnose/words.py) is worth at most, and one point of it.
WORDS_LIMIT, WORDS_UNIT = 6.0, 1.25
#: The same for a text that nobody of this field signed and that names nothing of it: alone too little for an answer.
WORDS_UNSIGNED = 4.5
#: A lead of the evidence that words cannot overturn.
WORDS_REACH = 2.5
_GOOGLE, _AWS = ("gcp_", "vertex_"), ("aws_", "bedrock_")
#: Prefixes of causes that the named provider makes unlikely.
_NOT_OURS: dict[str, tuple[str, ...]] = {"google": _AWS, "aws": _GOOGLE, "anthropic": (*_GOOGLE, *_AWS)}


@dataclass(frozen=True)
class Ranked:
    """One candidate cause with the evidence for and against it."""

    cause: str
    score: float
    supporting: tuple[Evidence, ...]
    opposing: tuple[Evidence, ...] = ()
    guessed: float = 0.0
    """The part of ``score`` that rests on the resemblance of words."""

    @property
    def firm(self) -> float:
        """The score without the resemblance of words: what the confidence rests on."""
        return self.score - self.guessed

    @property
    def cure(self) -> str | None:
        """The cure variant named by the strongest evidence that names one."""
        return next((e.cure for e in self.supporting if e.cure), None)


@dataclass(frozen=True)
class Diagnosis:
    """Ranked causes, best first; ``cause`` is ``unknown`` when nothing is strong enough to act on."""

    cause: str
    confidence: Confidence
    ranked: tuple[Ranked, ...]
    symptom: Symptom
    facts: Mapping[str, Fact]

    @property
    def top(self) -> Ranked | None:
        """The first candidate, or ``None`` when the answer is ``unknown``."""
        return self.ranked[0] if self.ranked and self.cause != UNKNOWN else None


def diagnose(
    symptom: Symptom,
    snapshot: Snapshot | None = None,
    credentials: CredentialFacts | None = None,
    provider: str = "auto",
    config_facts: Mapping[str, Fact] | None = None,
    findings: Sequence[Finding] = (),
    knowledge: Knowledge | None = None,
) -> Diagnosis:
    """Rank the causes of ``causes.yaml`` that the evidence supports.

    ``provider`` (auto, google, aws, anthropic, gateway) only narrows; it never adds evidence. ``findings`` are
    defects already found on this machine (settings layer); each supports the cause it names. ``knowledge`` replaces
    the catalogue's signals and words (measurements by cross-validation do so).
    """
    known = knowledge or Knowledge(signals())
    facts = {**stated_facts(symptom.text)}
    if snapshot is not None:
        facts = {**machine_facts(snapshot, credentials), **facts}
    facts |= dict(config_facts or {})
    ranked = [
        r for c, lines in known.signals.items() if (r := _rank(c, lines, symptom, facts, provider)) and r.score > 0
    ]
    ranked = _with_machine(ranked, credentials or CredentialFacts(), findings)
    if known.words is None or known.words:
        ranked = _with_words(ranked, symptom, facts, provider, credentials or CredentialFacts(), known)
    order = {cause: i for i, cause in enumerate(known.signals)}
    best = max((r.firm for r in ranked), default=0.0)
    # Words decide only among causes that the evidence leaves about equal.
    ranked.sort(
        key=lambda r: (best >= MEDIUM_SCORE and best - r.firm >= WORDS_REACH, -r.score, order.get(r.cause, 999))
    )
    confidence = _confidence(ranked)
    if confidence is None:
        return Diagnosis(UNKNOWN, "low", tuple(ranked), symptom, facts)
    return Diagnosis(ranked[0].cause, confidence, tuple(ranked), symptom, facts)


def _rank(
    cause: str, lines: Sequence[Signal], symptom: Symptom, facts: Mapping[str, Fact], provider: str
) -> Ranked | None:
    held = [e for s in lines if (e := holds(s, symptom, facts)) is not None]
    supporting = sorted((e for e in held if e.weight > 0), key=lambda e: -e.weight)
    if not supporting:
        return None
    opposing = tuple(e for e in held if e.weight < 0)
    score = _sum(supporting, opposing)
    if cause.startswith(_NOT_OURS.get(provider, ("\0",))):
        score -= 4
    # What a program outside this field says proves nothing here, whatever its words have in common with ours.
    if any(e.from_text for e in supporting):
        score *= symptom.relevance
    return Ranked(cause, round(score, 2), tuple(supporting), opposing)


def _with_machine(ranked: list[Ranked], credentials: CredentialFacts, findings: Sequence[Finding]) -> list[Ranked]:
    """Adds what was found on this machine: a defect supports its cause, a verified credential contradicts some."""
    by_cause = {r.cause: r for r in ranked}
    for finding in findings:
        if finding.id in causes() and finding.severity != "info":
            place = finding.where.file if finding.where and finding.where.file else "this machine"
            weight = 4.0 if finding.severity == "error" else 2.0
            _add(by_cause, finding.id, Evidence(weight, finding.problem, place, from_text=False))
    for state in credentials.states:
        if not state.relevant:
            continue
        if state.cause:
            weight = 8.0 if state.verified else 6.0 if state.certain else 4.0
            _add(by_cause, state.cause, Evidence(weight, state.detail, state.source, state.cure, from_text=False))
        elif state.verified:
            for cause in set(state.rules_out) & set(by_cause):
                _add(by_cause, cause, Evidence(-8.0, state.detail, state.source, from_text=False))
    return [r for r in by_cause.values() if r.score > 0]


def _add(by_cause: dict[str, Ranked], cause: str, new: Evidence) -> None:
    """One more piece of evidence for ``cause``; a fact that already counts in other words is not counted twice."""
    old = by_cause.get(cause)
    before = _sum(old.supporting, old.opposing) if old else 0.0
    supporting, opposing = (old.supporting, old.opposing) if old else ((), ())
    if new.weight > 0:
        same = [e for e in supporting if not e.from_text and e.seen == new.seen and e.weight >= new.weight]
        supporting = supporting if same else tuple(sorted((*supporting, new), key=lambda e: -e.weight))
    else:
        opposing = (*opposing, new)
    # The old score may be damped (foreign words): only the difference is added to it.
    score = (old.score if old else 0.0) + _sum(supporting, opposing) - before
    by_cause[cause] = Ranked(cause, round(score, 2), supporting, opposing)


def _with_words(
    ranked: list[Ranked],
    symptom: Symptom,
    facts: Mapping[str, Fact],
    provider: str,
    credentials: CredentialFacts,
    known: Knowledge,
) -> list[Ranked]:
    """Adds what the words of the paste resemble: the only support of a cause that no signal speaks for."""
    by_cause = {r.cause: r for r in ranked}
    excluded = {c for s in credentials.states if s.relevant and s.verified and not s.cause for c in s.rules_out}
    close = resembling(symptom, known.words) if symptom.relevance else []
    if close and close[0].cause == UNKNOWN:  # it reads like an error of another program
        close = []
    for like in close:
        if like.cause in excluded or like.cause == UNKNOWN or like.cause.startswith(_NOT_OURS.get(provider, ("\0",))):
            continue
        share = like.score / close[0].score
        old = by_cause.get(like.cause)
        limit = WORDS_UNSIGNED if old is None and symptom.relevance < 1 else WORDS_LIMIT
        weight = round(min(limit, WORDS_UNIT * close[0].score) * share * symptom.relevance, 2)
        new = Evidence(weight, "typical words", ", ".join(like.words))
        if old is None:
            lines = known.signals.get(like.cause, ())
            against = [e for s in lines if s.weight < 0 and (e := holds(s, symptom, facts))]
            old = Ranked(like.cause, _sum((), against), (), tuple(against))
        supporting = tuple(sorted((*old.supporting, new), key=lambda e: -e.weight))
        added = _sum(supporting, ()) - _sum(old.supporting, ())
        by_cause[like.cause] = Ranked(
            like.cause, round(old.score + added, 2), supporting, old.opposing, guessed=round(added, 2)
        )
    return [r for r in by_cause.values() if r.score > 0]


def _sum(supporting: Sequence[Evidence], opposing: Sequence[Evidence]) -> float:
    return sum(e.weight * 0.5**i for i, e in enumerate(supporting)) + sum(e.weight for e in opposing)


def _confidence(ranked: list[Ranked]) -> Confidence | None:
    if not ranked or ranked[0].score < LOW_SCORE:
        return None
    first = ranked[0].firm
    lead = first - max((r.firm for r in ranked[1:]), default=0.0)
    if first >= HIGH_SCORE and lead >= HIGH_LEAD:
        return "high"
    if first >= MEDIUM_SCORE and lead >= MEDIUM_LEAD:
        return "medium"
    return "low"
