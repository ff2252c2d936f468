"""The evidence engine: a symptom and facts about the machine become ranked causes, each with its reasons.

Causes, patterns and weights are data (``catalogue/causes_evidence.yaml``). A score is a sum that anyone can redo:
the strongest supporting signal counts whole, each further one half of the one before it, opposing ones in full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mcp_server.answer import Confidence, Finding
from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.diagnose.author import Symptom
from mcp_server.diagnose.credentials import CredentialFacts
from mcp_server.diagnose.facts import Fact, machine_facts
from mcp_server.snapshot import Snapshot

UNKNOWN = "unknown"
#: Thresholds of the three confidences: score of the first cause and its lead over the second.
HIGH_SCORE, HIGH_LEAD = 7.0, 2.5
MEDIUM_SCORE, MEDIUM_LEAD = 5.0, 1.0
LOW_SCORE = 3.0
_GOOGLE, _AWS = ("gcp_", "vertex_"), ("aws_", "bedrock_")
#: Prefixes of causes that the named provider makes unlikely.
_NOT_OURS: dict[str, tuple[str, ...]] = {"google": _AWS, "aws": _GOOGLE, "anthropic": (*_GOOGLE, *_AWS)}


@dataclass(frozen=True)
class Signal:
    """One line of the evidence file: conditions that must all hold, and what they are worth."""

    weight: float
    says: str
    text: tuple[re.Pattern[str], ...] = ()
    unless: re.Pattern[str] | None = None
    authors: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    cure: str | None = None


@dataclass(frozen=True)
class Evidence:
    """One signal that held: its weight, its sentence, and where it was seen."""

    weight: float
    says: str
    seen: str
    """The words of the paste that matched, or the place of the fact. Foreign words: quote before showing."""
    cure: str | None = None
    from_text: bool = True


@dataclass(frozen=True)
class Ranked:
    """One candidate cause with the evidence for and against it."""

    cause: str
    score: float
    supporting: tuple[Evidence, ...]
    opposing: tuple[Evidence, ...] = ()

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
) -> Diagnosis:
    """Rank the causes of ``causes.yaml`` that the evidence supports.

    ``provider`` (auto, google, aws, anthropic, gateway) only narrows; it never adds evidence. ``findings`` are
    defects already found on this machine (settings layer); each supports the cause it names.
    """
    facts = {**stated_facts(symptom.text)}
    if snapshot is not None:
        facts = {**machine_facts(snapshot, credentials), **facts}
    facts |= dict(config_facts or {})
    ranked = [r for c in _signals() if (r := _rank(c, symptom, facts, provider)) and r.score > 0]
    ranked = _with_machine(ranked, credentials or CredentialFacts(), findings)
    order = {cause: i for i, cause in enumerate(_signals())}
    ranked.sort(key=lambda r: (-r.score, order.get(r.cause, 999)))
    confidence = _confidence(ranked)
    if confidence is None:
        return Diagnosis(UNKNOWN, "low", tuple(ranked), symptom, facts)
    return Diagnosis(ranked[0].cause, confidence, tuple(ranked), symptom, facts)


def stated_facts(text: str) -> dict[str, Fact]:
    """Facts that the paste itself states about the set-up ("NO_PROXY is set", "works in 2.1.22")."""
    return {name: Fact(name, "your text", m[0]) for name, pattern in _stated().items() if (m := pattern.search(text))}


def _rank(cause: str, symptom: Symptom, facts: Mapping[str, Fact], provider: str) -> Ranked | None:
    held = [e for s in _signals()[cause] if (e := _holds(s, symptom, facts)) is not None]
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


def _holds(signal: Signal, symptom: Symptom, facts: Mapping[str, Fact]) -> Evidence | None:
    if signal.authors and not set(signal.authors) & set(symptom.authors):
        return None
    if signal.statuses and not set(signal.statuses) & set(symptom.statuses):
        return None
    if not all(name in facts for name in signal.facts):
        return None
    if signal.unless and signal.unless.search(symptom.text):
        return None
    matches = [p.search(symptom.text) for p in signal.text]
    if not all(matches):
        return None
    first = next((m for m in matches if m), None)
    known = [facts[name] for name in signal.facts]
    seen = first[0] if first else (known[0].where if known else "")
    if not signal.text and not known:
        seen = f"status {symptom.statuses[0]}" if signal.statuses else ""
    from_text = bool(signal.text or signal.statuses) or any(f.stated for f in known)
    return Evidence(signal.weight, signal.says, seen, signal.cure, from_text)


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
            weight = 8.0 if state.verified else 4.0
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


def _sum(supporting: Sequence[Evidence], opposing: Sequence[Evidence]) -> float:
    return sum(e.weight * 0.5**i for i, e in enumerate(supporting)) + sum(e.weight for e in opposing)


def _confidence(ranked: list[Ranked]) -> Confidence | None:
    if not ranked or ranked[0].score < LOW_SCORE:
        return None
    first = ranked[0].score
    lead = first - (ranked[1].score if len(ranked) > 1 else 0.0)
    if first >= HIGH_SCORE and lead >= HIGH_LEAD:
        return "high"
    if first >= MEDIUM_SCORE and lead >= MEDIUM_LEAD:
        return "medium"
    return "low"


@cache
def _stated() -> dict[str, re.Pattern[str]]:
    return {name: _compile(p) for name, p in read_yaml("causes_evidence.yaml")["stated"].items()}


@cache
def _signals() -> dict[str, tuple[Signal, ...]]:
    data = read_yaml("causes_evidence.yaml")["causes"]
    unknown = set(data) - set(causes())
    if unknown:
        raise ValueError(f"causes_evidence.yaml names causes that causes.yaml does not know: {sorted(unknown)}")
    return {cause: tuple(_signal(s) for s in signals) for cause, signals in data.items()}


def _signal(line: Mapping[str, Any]) -> Signal:
    text = line.get("text", ())
    return Signal(
        weight=float(line["w"]),
        says=line["says"],
        text=tuple(_compile(p) for p in ((text,) if isinstance(text, str) else text)),
        unless=_compile(line["unless"]) if "unless" in line else None,
        authors=tuple(line.get("author", ())),
        statuses=tuple(line.get("status", ())),
        facts=tuple(line.get("fact", ())),
        cure=line.get("cure"),
    )


def _compile(pattern: str) -> re.Pattern[str]:
    for name, words in read_yaml("causes_evidence.yaml")["words"].items():
        pattern = pattern.replace("{" + name + "}", words)
    return re.compile(pattern, re.IGNORECASE)
