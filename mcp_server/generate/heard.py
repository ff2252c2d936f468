"""What of the goal's free words had no part in the answer: said, so that nothing is left out unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate.goal import read_goal
from mcp_server.redact import quote

if TYPE_CHECKING:
    from datetime import date

    from mcp_server.generate.goal import Wish
    from mcp_server.generate.spec import GenerateRequest

_CLAUSE = re.compile(r"[,;.\n]\s+|\s+(?:and|with|but|then)\s+", re.I)
#: More parts than this are told about as one.
_MOST = 8


def notes(request: GenerateRequest, wish: Wish, today: date, made: Callable[[GenerateRequest], Answer]) -> list[str]:
    """One line for each way in which words went unused; empty where all were used.

    ``made`` generates: a part of the goal without which the very same files come out, and in which no gateway,
    provider or model is named, changed nothing.
    """
    found = []
    if request.providers and (left := [p for p in wish.providers if p not in request.providers]):
        found.append(
            f"The goal also names {', '.join(left)}. The argument providers decides, so it is left out: add it there "
            "if it is wanted."
        )
    if request.gateway and wish.gateway and wish.gateway != request.gateway:
        found.append(f"The goal also names {wish.gateway}. The argument gateway decides: {request.gateway}.")
    if unused := _unused(request, today, made):
        found.append(
            f"These words of the goal changed nothing: {'; '.join(quote(part, 120) for part in unused)}. Either that "
            "is written anyway, or it was not understood; if it matters, say it in other words or as an argument."
        )
    return found


def _unused(request: GenerateRequest, today: date, made: Callable[[GenerateRequest], Answer]) -> list[str]:
    parts = [part.strip() for part in _CLAUSE.split(request.goal) if re.search(r"\w{3}", part)]
    if not parts:
        return []
    whole = made(request).config
    silent = [part for part in parts[:_MOST] if not _names_something(part, today)]
    without = {part: re.sub(r"\s+", " ", request.goal.replace(part, " ")).strip() for part in silent}
    return [part for part, goal in without.items() if _same(made, replace(request, goal=goal), whole)]


def _names_something(part: str, today: date) -> bool:
    try:
        wish = read_goal(part, today)
    except UsageError:
        return True
    return bool(wish.gateway or wish.providers or wish.models)


def _same(made: Callable[[GenerateRequest], Answer], request: GenerateRequest, files: object) -> bool:
    try:
        return made(request).config == files
    except UsageError:
        return False
