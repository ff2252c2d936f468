"""What of the goal's free words had no part in the answer: said, so that nothing is left out unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate.goal import read_goal
from mcp_server.generate.providers.registry import known_providers
from mcp_server.generate.registry import gateway_id, known_gateways
from mcp_server.redact import quote

if TYPE_CHECKING:
    from datetime import date

    from mcp_server.generate.goal import Wish
    from mcp_server.generate.spec import GenerateRequest

_CLAUSE = re.compile(r"[,;.\n]\s+|\s+(?:and|with|but|then)\s+", re.I)
#: Further parts are not judged.
_MOST = 8


def notes(
    request: GenerateRequest, wish: Wish, answer: Answer, today: date, made: Callable[[GenerateRequest], Answer]
) -> list[str]:
    """One line for each way in which words went unused; empty where all were used.

    ``answer`` is that of ``request``, ``made`` gives that of another one: a part of the goal without which the very
    same files come out, and in which no gateway, provider or model is named, changed nothing.
    """
    if not request.goal:
        return []
    found = []

    def idle(goal: str) -> bool:
        try:
            return made(replace(request, goal=goal)).config == answer.config
        except UsageError:
            return False

    overruled = [p for p in wish.providers if request.providers and p not in request.providers]
    if overruled and idle(_without(request.goal, known_providers(), overruled)):
        found.append(
            f"The goal also names {', '.join(overruled)}. The argument providers decides, so it is left out: add it "
            "there if it is wanted."
        )
    other = [g for g in (wish.gateway,) if g and request.gateway and g != gateway_id(request.gateway)]
    if other and idle(_without(request.goal, known_gateways(), other)):
        found.append(f"The goal also names {other[0]}. The argument gateway decides: {gateway_id(request.gateway)}.")
    if unused := _unused(request.goal, today, idle):
        found.append(
            f"These words of the goal changed nothing: {'; '.join(quote(part, 120) for part in unused)}. Either that "
            "is written anyway, or it was not understood; if it matters, say it in other words or as an argument."
        )
    return found


def _unused(goal: str, today: date, idle: Callable[[str], bool]) -> list[str]:
    parts = [part.strip() for part in _CLAUSE.split(goal) if re.search(r"\w{3}", part)]
    silent = [part for part in parts[:_MOST] if not _names_something(part, today)]
    return [part for part in silent if idle(" ".join(goal.replace(part, " ").split()))]


def _without(goal: str, spellings: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    words = "|".join(re.escape(word) for name in names for word in spellings[name])
    return re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", " ", goal, flags=re.I)


def _names_something(part: str, today: date) -> bool:
    try:
        wish = read_goal(part, today)
    except UsageError:
        return True
    return bool(wish.gateway or wish.providers or wish.models)
