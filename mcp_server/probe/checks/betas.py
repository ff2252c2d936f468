"""Which of the client's beta names are refused? Shared by the checks of all together and of each alone."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server.probe.checks.ask import Answered, Question, ask, small, with_betas
from mcp_server.probe.checks.base import Verdict
from mcp_server.probe.context import Context

_MAX_REQUESTS = 24


def all_betas(context: Context) -> tuple[str, ...]:
    """What the client sends, also where the run had to leave some out to get on."""
    sent: tuple[str, ...] = context.facts.get("all_betas", context.shape.betas)
    return sent


async def try_betas(context: Context, question: Question, betas: Sequence[str]) -> Answered | Verdict:
    """The small message with exactly ``betas``."""
    return await ask(context, question, with_betas(small(context, context.words.text_instruction), *betas))


async def culprits(context: Context, question: Question, betas: Sequence[str]) -> tuple[str, ...]:
    """A smallest set of ``betas`` that is refused, found by leaving out one half or one name after the other."""
    left = list(betas)
    sent = 0

    async def refuses(names: Sequence[str]) -> bool:
        nonlocal sent
        sent += 1
        return bool(names) and isinstance(await try_betas(context, question, names), Verdict)

    halves = True
    while halves and len(left) > 1 and sent < _MAX_REQUESTS:
        middle = len(left) // 2
        halves = False
        for half in (left[:middle], left[middle:]):
            if await refuses(half):
                left, halves = half, True
                break
    for name in tuple(left):
        rest = [other for other in left if other != name]
        if len(left) > 1 and sent < _MAX_REQUESTS and await refuses(rest):
            left = rest
    return tuple(left)
