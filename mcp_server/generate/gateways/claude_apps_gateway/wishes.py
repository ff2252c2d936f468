"""What free words ask of ``claude gateway`` beyond its upstreams: models for groups, a closed list, prices, a role."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

_GROUP = re.compile(r"\bgroups? (?P<name>[\w.@-]+)", re.I)
#: "group interns: haiku", "group research uses opus and sonnet", up to the next group or the end of the sentence.
_GROUP_MODELS = re.compile(
    r"\bgroup (?P<name>[\w@-]+(?:\.[\w@-]+)*) ?(?::|=|->|\b(?:gets?|uses?|may use|has|only|with)\b) ?"
    r"(?P<models>[^;\n]*?)(?=;|\.(?:\s|$)|,? (?:and )?group\b|$)",
    re.I,
)
_ONLY = re.compile(r"\bonly (?:these|those|the named) models?\b|\bno other models?\b|\bclosed (?:model )?list\b", re.I)
_MULTIPLIER = re.compile(r"\b(?:price|pricing|cost) (?:multiplier|factor) (?:of )?(?P<factor>\d+(?:\.\d+)?)\b", re.I)
_PERCENT = re.compile(
    r"\b(?P<amount>\d{1,3}(?:\.\d+)?) ?(?:%|percent) (?P<way>discount|cheaper|off|markup|surcharge)", re.I
)
_ROLE = re.compile(r"\barn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]*[\w+=@/-]")
_EXTERNAL_ID = re.compile(r"\bexternal[- ]id\b", re.I)
_PER_PERSON = re.compile(
    r"\b(?:role )?sessions? (?:named after|per|for each) (?:the )?(?:person|people|user|e-?mail)s?\b", re.I
)
_HOURS = re.compile(
    r"\b(?:sign[- ]?ins?|logins?|tokens?) (?:last|for|of|every) (?P<hours>\d{1,3}) ?(?:h|hours?)\b|"
    r"\bsign in (?:again )?every (?P<every>\d{1,3}) ?(?:h|hours?)\b",
    re.I,
)
#: What the program takes: more than 0, at most 10.
_LARGEST_FACTOR = 10
_MONTH_HOURS = 720


@dataclass(frozen=True)
class Wishes:
    """The further wishes; empty where the words say nothing."""

    groups: tuple[str, ...] = ()
    """Who may sign in."""
    policies: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Group → its models, the first of them its default, in the order in which the words name them."""
    models: tuple[str, ...] = ()
    """Models named outside the groups: everybody's."""
    closed: bool = False
    """The gateway offers the named models and no others."""
    multiplier: float | None = None
    """What its own prices are multiplied with for the spend that it counts."""
    role: str = ""
    """ARN of the AWS role that Bedrock is called with."""
    external_id: bool = False
    per_person: bool = False
    """The role's sessions carry the person's e-mail address."""
    hours: int = 0
    """How long a sign-in lasts."""


def read_wishes(goal: str, today: date) -> Wishes:
    """The wishes that ``goal`` names.

    Raises:
        UsageError: a number that the program does not take.
    """
    from mcp_server.generate.goal import read_goal

    policies = []
    for match in _GROUP_MODELS.finditer(goal):
        models = read_goal(match["models"], today).models
        if models:
            policies.append((match["name"], models))
    named = {name for name, _ in policies}
    rest = _GROUP_MODELS.sub(lambda m: "" if m["name"] in named else m[0], goal)
    found = _HOURS.search(goal)
    return Wishes(
        groups=tuple(dict.fromkeys(match["name"].rstrip(".") for match in _GROUP.finditer(goal))),
        policies=tuple(policies),
        models=read_goal(rest, today).models,
        closed=_ONLY.search(goal) is not None,
        multiplier=_factor(goal),
        role=found_role[0] if (found_role := _ROLE.search(goal)) else "",
        external_id=_EXTERNAL_ID.search(goal) is not None,
        per_person=_PER_PERSON.search(goal) is not None,
        hours=_hours(int(found["hours"] or found["every"])) if found else 0,
    )


def _factor(goal: str) -> float | None:
    if match := _MULTIPLIER.search(goal):
        factor = float(match["factor"])
    elif match := _PERCENT.search(goal):
        amount = float(match["amount"]) / 100
        factor = round(1 + amount if match["way"].lower() in ("markup", "surcharge") else 1 - amount, 4)
    else:
        return None
    if not 0 < factor <= _LARGEST_FACTOR:
        raise UsageError(
            f"a price multiplier of {factor:g} is not possible: claude gateway takes more than 0 and at most 10.",
            "Write it as pricing multiplier 0.85, or as 15% discount.",
        )
    return factor


def _hours(hours: int) -> int:
    if not 0 < hours <= _MONTH_HOURS:
        raise UsageError(
            f"a sign-in of {hours} hours is not sensible: nobody who leaves would be locked out in time.",
            "Name 1 to 720 hours.",
        )
    return hours
