"""What a probe is: one small file that answers one question about one layer.

Probes run in the order in which a request meets the layers; a run stops at the first layer that is broken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mcp_server.answer import Check, Finding
from mcp_server.catalogue.finding import finding
from mcp_server.net.route import NetFailure


@dataclass
class Outcome:
    """Result of one probe: the checks to show, the findings, and facts that later probes may use."""

    checks: list[Check] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """True when the request cannot get past this layer."""
        return any(f.severity == "error" for f in self.findings)


@dataclass(frozen=True)
class Probe:
    """Registry entry: ``run`` is asynchronous, gets the run's context and never raises for a broken target."""

    id: str
    layer: str
    question: str
    run: Callable[..., Awaitable[Outcome]]


def failed(title: str, failure: NetFailure, fix: str) -> Outcome:
    """One failed check with its finding."""
    said = finding(failure.cause, problem=failure.detail, fix=fix)
    return Outcome([Check(title=title, status="fail", detail=f"{failure.detail}.")], [said])
