"""What a model mix costs in a month, from list prices and a stated or assumed usage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.needs import Needs

#: Working days in a month.
DAYS = 21
#: Assumed where nothing is stated, per developer and working day: an assumption of this project, not a measurement.
TOKENS_IN = 5_000_000
TOKENS_OUT = 50_000
#: Part of the tokens that background and search work takes, on the cheap tier; assumed as well.
BACKGROUND = 0.1


@dataclass(frozen=True)
class Usage:
    """Tokens of one month, for everybody."""

    tokens_in: float
    tokens_out: float
    words: str
    """How the number comes about."""
    assumed: tuple[str, ...] = ()


def usage(needs: Needs) -> Usage:
    """What is stated, filled up with assumptions that are named."""
    assumed = []
    into, out = needs.tokens_in, needs.tokens_out
    if into is None and out is None:
        into, out = float(TOKENS_IN), float(TOKENS_OUT)
        assumed.append(f"{TOKENS_IN:,} tokens in and {TOKENS_OUT:,} out per developer and working day")
    elif out is None:
        out = (into or 0) / 100
        assumed.append("one token out for a hundred in")
    elif into is None:
        into = out * 100
        assumed.append("a hundred tokens in for one out")
    assert into is not None
    assert out is not None
    if needs.monthly and needs.tokens_in is not None:
        return Usage(into, out, f"{into:,.0f} tokens in and {out:,.0f} out in a month, as stated", tuple(assumed))
    people = needs.people or 1
    if needs.people is None:
        assumed.append("one developer")
    assumed.append(f"{DAYS} working days")
    words = f"{people:,} × {DAYS} days × ({into:,.0f} in, {out:,.0f} out)"
    return Usage(people * DAYS * into, people * DAYS * out, words, tuple(assumed))


def monthly(model: Model, used: Usage) -> float:
    """USD for ``used`` if all of it ran on ``model``."""
    return (used.tokens_in * model.price_in + used.tokens_out * model.price_out) / 1_000_000


def mix(main: Model, background: Model, used: Usage) -> float:
    """USD for ``used`` with the background part on its own model."""
    return (1 - BACKGROUND) * monthly(main, used) + BACKGROUND * monthly(background, used)


def money(amount: float) -> str:
    """USD, rounded to what an estimate can carry: two digits."""
    if amount <= 0:
        return "$0"
    magnitude = len(str(int(amount))) - 2
    rounded = round(amount, -magnitude) if magnitude > 0 else round(amount, 2 if amount < 10 else 0)
    return f"${rounded:,.2f}" if amount < 10 else f"${rounded:,.0f}"
