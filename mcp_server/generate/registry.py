"""The set-ups that can be generated, and the gateways that are known but not generated yet.

Every one is a small module with ``ID``, ``SPELLINGS`` and ``answer(asked)``, listed here by hand.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from mcp_server.errors import UsageError, nearest
from mcp_server.generate.gateways import (
    claude_apps_gateway,
    custom,
    direct,
    hosted,
    litellm,
    pass_through,
    proxy_only,
    truefoundry,
    zuplo,
)
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.generate.asked import Asked


class SetUp(Protocol):
    """What a module of ``generate/gateways/`` offers."""

    @property
    def ID(self) -> str: ...  # noqa: N802 - modules have it as a constant

    @property
    def SPELLINGS(self) -> tuple[str, ...]: ...  # noqa: N802

    def answer(self, asked: Asked, /) -> Answer:
        """The whole Answer. Raises UsageError for what cannot be generated."""


#: A module that begins a line with this is a set-up and must stand below (a test compares).
PART_MARK = "SPELLINGS = "
_MODULES: tuple[SetUp, ...] = (
    litellm,
    claude_apps_gateway,
    custom,
    direct,
    pass_through,
    proxy_only,
    truefoundry,
    zuplo,
)


@cache
def set_ups() -> dict[str, SetUp]:
    """Id → set-up: the modules above and the gateways of the catalogue."""
    return {part.ID: part for part in (*_MODULES, *hosted.set_ups())}


#: Known and refused by name instead of guessed at.
_NOT_YET: dict[str, tuple[str, ...]] = {
    "mintmcp": ("mintmcp", "mint mcp"),
}


def known_gateways() -> dict[str, tuple[str, ...]]:
    """Gateway id → what people call it."""
    return {**{name: part.SPELLINGS for name, part in set_ups().items()}, **_NOT_YET}


def gateway_id(name: str) -> str:
    """The id of a gateway that can be generated. Raises ``UsageError`` for any other."""
    return supported("gateway", name, known_gateways(), tuple(set_ups()))


def supported(kind: str, name: str, known: dict[str, tuple[str, ...]], now: tuple[str, ...]) -> str:
    """The id of ``name`` among ``known``, when it is one of ``now``. Raises ``UsageError`` for any other."""
    wanted = name.strip().lower()
    found = next((key for key, words in known.items() if wanted == key or wanted in words), None)
    listed = ", ".join(now)
    if found in now:
        return found
    if found:
        raise UsageError(
            f"configuration for the {kind} {found!r} is not generated yet, and none is invented.",
            f"Supported now: {listed}. validate_config, check_proxy, test_model and diagnose_auth work with any "
            "gateway.",
        )
    close = nearest(wanted[:80], tuple(known))
    meant = f"Did you mean {close!r}? " if close else ""
    raise UsageError(f"{kind} {quote(name, 60)!r} is not known.", f"{meant}Supported now: {listed}.")
