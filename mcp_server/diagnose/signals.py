"""The signals of ``catalogue/causes_evidence.yaml``: what each says, and whether its conditions hold for a paste."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mcp_server import redact
from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.diagnose.author import Symptom
from mcp_server.diagnose.facts import Fact
from mcp_server.diagnose.words import Table


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
class Knowledge:
    """What the engine knows: signals by cause, and the table of words (None = the catalogue's, empty = none)."""

    signals: Mapping[str, Sequence[Signal]]
    words: Table | None = None


@dataclass(frozen=True)
class Evidence:
    """One signal that held: its weight, its sentence, and where it was seen."""

    weight: float
    says: str
    seen: str
    """The words of the paste that matched, or the place of the fact. Foreign words: quote before showing."""
    cure: str | None = None
    from_text: bool = True


def stated_facts(text: str) -> dict[str, Fact]:
    """Facts that the paste itself states about the set-up ("NO_PROXY is set", "works in 2.1.22")."""
    return {name: Fact(name, "your text", m[0]) for name, pattern in _stated().items() if (m := pattern.search(text))}


def holds(signal: Signal, symptom: Symptom, facts: Mapping[str, Fact]) -> Evidence | None:
    """What ``signal`` says about this paste, or None when one of its conditions does not hold."""
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
    # Part of a credential is not recognised as one: what is shown must stand in the redacted text as well.
    matched = redact.redact(first[0]) if first else ""
    seen = matched if matched in symptom.shown else ""
    if not first:
        seen = known[0].where if known else ""
    if not signal.text and not known:
        seen = f"status {symptom.statuses[0]}" if signal.statuses else ""
    from_text = bool(signal.text or signal.statuses) or any(f.stated for f in known)
    return Evidence(signal.weight, signal.says, seen, signal.cure, from_text)


@cache
def _stated() -> dict[str, re.Pattern[str]]:
    return {name: _compile(p) for name, p in read_yaml("causes_evidence.yaml")["stated"].items()}


@cache
def signals() -> dict[str, tuple[Signal, ...]]:
    """The evidence file: signals by cause, in file order."""
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
