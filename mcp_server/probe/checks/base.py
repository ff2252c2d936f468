"""What a protocol check is: one small file that asks one question about one demand of the gateway protocol.

Checks run after the small message came through for that model, and independently of each other: one that fails
stops no other. How strongly each is demanded stands in ``catalogue/protocol.yaml``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from mcp_server.answer import Finding
from mcp_server.catalogue.protocol import Requirement, requirement
from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe.context import Context

#: Tokens in and out of a small message with a sentence in it.
SMALL = 120


@dataclass
class Verdict:
    """The outcome of one check. ``warn``: short of the protocol, but Claude Code was seen to cope with it."""

    status: Literal["pass", "warn", "fail", "skip"]
    detail: str
    findings: list[Finding] = field(default_factory=list)
    undecided: bool = False
    """With ``skip``: the question applies, but could not be answered (rate limit, time, budget)."""


@dataclass(frozen=True)
class ProtocolCheck:
    """Registry entry. ``run`` never raises for a broken target; it may read the facts of the checks in ``after``."""

    id: str
    layer: str
    question: str
    run: Callable[[Context], Awaitable[Verdict]]
    tokens: Callable[[RequestShape], int] = field(default=lambda _: SMALL)
    """Estimated tokens in and out, for the budget; what is really used is counted from the answers."""
    after: tuple[str, ...] = ()
    opt_in: bool = False
    """Runs only when asked for by its option or by name."""

    @property
    def requirement(self) -> Requirement:
        return requirement(self.id).level


def free(_shape: RequestShape) -> int:
    """Estimate of a check that sends nothing to a model."""
    return 0


def costs(tokens: int) -> Callable[[RequestShape], int]:
    """Estimate of a check whose requests do not depend on the client's shape."""
    return lambda _: tokens


def passed(detail: str) -> Verdict:
    return Verdict("pass", detail)


def skipped(reason: str) -> Verdict:
    """The question does not apply here."""
    return Verdict("skip", reason)


def undecided(reason: str, findings: list[Finding] | None = None) -> Verdict:
    """The question applies, and nothing was seen that answers it."""
    return Verdict("skip", reason, findings or [], undecided=True)


def judged(found: Finding) -> Verdict:
    """``fail`` for an error, ``warn`` for what is milder."""
    return Verdict("fail" if found.severity == "error" else "warn", f"{found.problem}", [found])
