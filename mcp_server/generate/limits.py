"""What free words say about limits for each person: requests a minute, dollars a month."""

from __future__ import annotations

import re

_RATE = re.compile(
    r"\b(?P<count>\d{1,3}(?:,\d{3})+|\d{1,6}) requests? (?:per|a) (?:(?:person|user) )?(?:(?:per|a|and) )?minute\b",
    re.I,
)
_EACH = r"(?:,? (?:per|a|for each|each) (?:person|user|developer))?"
_BUDGET = re.compile(rf"(?:\$ ?|\busd )(?P<amount>\d{{1,6}}(?:\.\d\d)?){_EACH},? (?:per|a|and|each) month\b", re.I)


def requests_per_minute(goal: str) -> int:
    """Requests that one person may make in a minute; 0 when the words set no limit."""
    found = _RATE.search(goal)
    return int(found["count"].replace(",", "")) if found else 0


def dollars_per_month(goal: str) -> float:
    """What one person may spend in a month, in US dollars; 0 when the words set no limit."""
    found = _BUDGET.search(goal)
    return float(found["amount"]) if found else 0.0
