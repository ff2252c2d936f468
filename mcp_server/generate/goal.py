"""Reads the common wishes out of free words: a gateway, providers, models, "all eight". Guesses nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from mcp_server.catalogue.models import EIGHT, Model, candidates, models, require_model
from mcp_server.generate.providers.registry import known_providers
from mcp_server.generate.registry import known_gateways

_ALL_EIGHT = re.compile(
    r"\b(?:all (?:of )?)?(?:the )?(?:eight|8)(?: \w+){0,2} models\b|\ball (?:the )?(?:eight|8)\b", re.I
)
_EXCEPT = re.compile(r"\b(?:except(?: for)?|excluding|without|but not)\b")
_SEPARATOR = re.compile(r"[,;:]|\b(?:and|or|plus)\b")
_LONGEST_NAME = 5
_VERSION = re.compile(r"[rv]?\d+\.\d+[\w.-]*|r\d+|\d+b")
_WORD = re.compile(r"[a-z0-9][a-z0-9.@/_-]*|\S", re.I)


@dataclass(frozen=True)
class Wish:
    """What the words say; empty where they say nothing."""

    gateway: str = ""
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def read_goal(text: str, today: date) -> Wish:
    """The gateway, providers and models that ``text`` names.

    A family without a version ("gemini", "llama") means its living models, or all of them if none lives.

    Raises:
        UsageError: a known family with a version that does not exist ("gemini 9.9 pro").
    """
    lowered = text.lower()
    wanted, *excepted = _EXCEPT.split(lowered, maxsplit=1)
    found = _all_models_in(wanted, today)
    if excepted:
        rest = _all_models_in(excepted[0], today)
        # "all eight except llama", but "without docker, with codestral" excepts no model.
        found = [m for m in found if m not in rest] if found else rest
    return Wish(
        gateway=next((g for g, words in known_gateways().items() if _mentions(lowered, words)), ""),
        providers=tuple(p for p, words in known_providers().items() if _mentions(lowered, words)),
        models=tuple(found),
    )


def _all_models_in(text: str, today: date) -> list[str]:
    found: list[str] = list(EIGHT) if _ALL_EIGHT.search(text) else []
    for part in _SEPARATOR.split(text):
        found += [m for m in _models_in(part, today) if m not in found]
    return found


def _mentions(text: str, spellings: tuple[str, ...]) -> bool:
    return any(re.search(rf"(?<![\w-]){re.escape(s)}(?![\w-])", text) for s in spellings)


def _models_in(text: str, today: date) -> list[str]:
    words, found, at = _WORD.findall(text), [], 0
    while at < len(words):
        lengths = range(min(_LONGEST_NAME, len(words) - at), 0, -1)
        length = next((n for n in lengths if _meant(" ".join(words[at : at + n]), today)), 0)
        if length < 2:
            _refuse_unknown_version(words[at], words[at + 1] if at + 1 < len(words) else "", known=length == 1)
        found += _meant(" ".join(words[at : at + length]), today) if length else []
        at += length or 1
    return found


def _refuse_unknown_version(word: str, following: str, *, known: bool) -> None:
    """A family with a version that the catalogue lacks is a mistake to tell, not a wish for another version."""
    if not _families() & set(re.findall(r"[a-z]+", word)):
        return
    if known and word in _families() and _VERSION.fullmatch(following):
        require_model(f"{word} {following}")
    if not known and re.search(r"\d", word):
        require_model(word)


def _meant(phrase: str, today: date) -> list[str]:
    fits = candidates(phrase)
    if not fits or not (_families() & set(re.findall(r"[a-z]+", phrase))):
        return []
    if len(fits) == 1:
        return [fits[0].id]
    return [m.id for m in _living(fits, today) or fits]


def _living(fits: tuple[Model, ...], today: date) -> list[Model]:
    return [m for m in fits if m.state_on(today) == "living"]


@cache
def _families() -> frozenset[str]:
    """The first word of every model's name: gemini, deepseek, llama, … ; Claude only by its tier (opus, …)."""
    first = {re.split(r"[^a-z]", m.id)[0] for m in models().values()}
    return frozenset(first - {"claude"} | {"opus", "sonnet", "haiku"})
