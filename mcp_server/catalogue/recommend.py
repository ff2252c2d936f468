"""Which model for which use, derived from the catalogue's facts; no list of favourites is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from mcp_server.catalogue.models import Model, agent_order

#: A window that counts as long, in tokens.
LONG_CONTEXT = 1_000_000
#: Background work of Claude Code carries tool definitions and files: less than this is too tight.
ROOMY = 200_000


def recommend(among: Iterable[Model], today: date) -> dict[str, Model]:
    """Use → model, of those that live on ``today``. A use that none of them serves is left out.

    Only models with tool use: Claude Code offers tools in every call, so no other can serve any of these uses.
    """
    living = [m for m in among if m.state_on(today) == "living" and m.tool_use]
    strongest: Callable[[Model], int] = lambda m: agent_order().index(m.id)  # noqa: E731
    cheapest: Callable[[Model], float] = blended_price
    wishes: tuple[tuple[str, Callable[[Model], bool], Callable[[Model], float]], ...] = (
        ("agentic coding", lambda m: m.tool_use, strongest),
        ("reasoning", lambda m: m.reasoning, strongest),
        ("long context", lambda m: m.context_window >= LONG_CONTEXT, cheapest),
        ("cheap background work", lambda m: m.context_window >= ROOMY, cheapest),
        ("code completion", lambda m: "completion" in m.suits, cheapest),
    )
    return {use: min(fitting, key=order) for use, fits, order in wishes if (fitting := [m for m in living if fits(m)])}


def blended_price(model: Model) -> float:
    """USD for three million tokens in and one million out: what an agent that reads more than it writes pays."""
    return 3 * model.price_in + model.price_out
