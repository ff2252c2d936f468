"""What a goal asks of LiteLLM beside models: keys and budgets, instances, metrics, alerts, shares, regions.

Read from free words, because the tool's arguments are fixed. Nothing is guessed: a word that is not listed here means
nothing, and "without redis" means no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "several": 2, "multiple": 2}
_COUNT = r"(?P<count>\d{1,3}|two|three|four|five|several|multiple)"
_REFUSED = re.compile(r"(?:\bwithout|\bno|\bnot|\bexcept|\bdon't (?:need|want))\s+(?:any\s+|a\s+)?$")
_KEYS = re.compile(
    r"\bvirtual keys?\b|\bbudgets?\b|\bspend(?:ing)? (?:limits?|per)\b|\bkeys? (?:per|for (?:each|every))\b"
)
_PEOPLE = re.compile(
    r"\bteam of (?P<a>\d{1,5})\b|\b(?P<b>\d{1,5}) (?:\w+ )?(?:developers?|people|users?|engineers?|persons?)\b"
)
_MONEY = re.compile(r"(?:\$|usd ?|€)(?P<a>\d{1,6})\b|\b(?P<b>\d{1,6}) ?(?:\$|usd\b|dollars?\b)")
_INSTANCES = re.compile(rf"\b{_COUNT} (?:\w+ )?(?:instances?|replicas?)\b|\bhigh(?:ly)?[ -]availab\w+\b|\bha\b")
_REGIONS = re.compile(r"\b(?:two|2|several|multiple) regions\b|\bmulti-?region\b")
_CONTEXT = re.compile(r"\bcontext[- ]window fallbacks?\b|\bfall(?:s|ing)? ?back (?:for|on) long (?:prompts|context)\b")
_SWITCHES = {
    "redis": r"\bredis\b",
    "prometheus": r"\bprometheus\b|\bmetrics\b|\bgrafana\b",
    "otel": r"\bot(?:el|lp)\b|\bopen ?telemetry\b",
    "helm": r"\bhelm\b",
    "json_logs": r"\bjson[- ]logs?\b|\bstructured logs?\b",
}
#: LiteLLM's name of the destination → words.
_ALERTS = {
    "slack": r"\bslack\b",
    "ms_teams": r"\b(?:ms|microsoft) ?teams\b|\bteams (?:alerts?|channel)\b",
    "webhook": r"\bwebhooks?\b",
}


@dataclass(frozen=True)
class Extras:
    """The further wishes. Empty, zero and false where the words say nothing."""

    keys: bool = False
    """A key with a budget for each person: needs PostgreSQL."""
    people: int = 0
    budget: int = 0
    """USD for each key and 30 days."""
    instances: int = 1
    redis: bool = False
    prometheus: bool = False
    otel: bool = False
    json_logs: bool = False
    helm: bool = False
    """Values for the vendor's Helm chart instead of a base of ours."""
    alerts: tuple[str, ...] = ()
    two_regions: bool = False
    context_fallbacks: bool = False
    preferred: tuple[str, ...] = ()
    """Provider ids in the order in which they are to be used; empty: all alike."""
    shares: Mapping[str, int] = field(default_factory=dict)
    """Provider id → its part of the requests."""

    @property
    def shared_state(self) -> bool:
        """Whether instances share counters, which LiteLLM keeps in Redis."""
        return self.redis or self.instances > 1


def read_extras(goal: str, providers: Mapping[str, tuple[str, ...]]) -> Extras:
    """The wishes that ``goal`` names. ``providers``: id → what people call it."""
    text = " ".join(goal.lower().split())
    people = _found(_PEOPLE, text)
    money = _found(_MONEY, text) if _found(_KEYS, text) else None
    instances = _found(_INSTANCES, text)
    return Extras(
        keys=bool(_found(_KEYS, text) or people),
        people=int(people["a"] or people["b"]) if people else 0,
        budget=int(money["a"] or money["b"]) if money else 0,
        instances=_count(instances["count"]) if instances else 1,
        alerts=tuple(name for name, words in _ALERTS.items() if _found(re.compile(words), text)),
        two_regions=_found(_REGIONS, text) is not None,
        context_fallbacks=_found(_CONTEXT, text) is not None,
        preferred=_preferred(text, providers),
        shares=_shares(text, providers),
        **{name: _found(re.compile(words), text) is not None for name, words in _SWITCHES.items()},
    )


def wished_instances(goal: str) -> int:
    """How many instances ``goal`` asks for; 0 where it says nothing of them."""
    found = _found(_INSTANCES, " ".join(goal.lower().split()))
    return _count(found["count"]) if found else 0


def _found(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first place that is not refused by the word before it."""
    return next((m for m in pattern.finditer(text) if not _REFUSED.search(text[: m.start()])), None)


def _count(word: str | None) -> int:
    """Instances; "highly available" without a number means two."""
    if word is None:
        return 2
    return _NUMBERS.get(word) or max(1, int(word))


def _names(providers: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Provider id → a pattern of its spellings."""
    return {
        name: "(?:" + "|".join(map(re.escape, sorted({name, *words}, key=len, reverse=True))) + ")"
        for name, words in providers.items()
    }


def _preferred(text: str, providers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The provider named as first or preferred; the one named as a fallback or backup comes last."""
    first, last = list[str](), list[str]()
    for name, words in _names(providers).items():
        if re.search(rf"\b{words} first\b|\bprefer(?:ring|ably)? {words}\b|\bprimar(?:y|ily) {words}\b", text):
            first.append(name)
        elif re.search(
            rf"\b(?:fall(?:ing|s)? ?back|fail(?:ing|s)? ?over) to {words}\b"
            rf"|\b{words} (?:only )?as (?:a )?(?:fallback|backup)\b",
            text,
        ):
            last.append(name)
    middle = [n for n in providers if n not in first + last] if first or last else []
    return (*first, *middle, *last)


def _shares(text: str, providers: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found = {}
    for name, words in _names(providers).items():
        match = re.search(rf"\b(\d{{1,3}}) ?(?:%|percent) (?:(?:to|on|via|through|at) )?{words}\b", text)
        match = match or re.search(rf"\b{words} (\d{{1,3}}) ?(?:%|percent)", text)
        if match:
            found[name] = int(match[1])
    return found
