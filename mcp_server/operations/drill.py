"""``drill``: rehearse an outage with the user's own LiteLLM file, the real LiteLLM and the laboratory's providers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.lab.drills.base import Outcome

#: The drills, spelled here so that the command line need not load the laboratory; a test compares both.
NAMES = ("fallback", "failover", "rate-limit", "header-forwarding", "auth-bypass", "usage-logging")


@dataclass(frozen=True)
class Rehearsed:
    """The Answer, and what was measured as plain JSON data."""

    answer: Answer
    measured: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The Answer's document with one more key, ``measured``."""
        return {**self.answer.document(), "measured": self.measured}


async def run(
    name: str,
    config: str | None = None,
    models: Sequence[str] = (),
    report: Callable[[str], None] | None = None,
) -> Rehearsed:
    """Runs the drill ``name`` with the file ``config`` (default: the one in this folder) for ``models`` (default: all).

    ``report`` is told each step. Nothing leaves this machine; every process it starts has ended when it returns.

    Raises:
        UsageError: no such drill, file or model.
        GatewayError: the file cannot be read, or the real LiteLLM does not start with it.
    """
    import tempfile
    from pathlib import Path

    if name not in NAMES:
        close = nearest(name[:80], NAMES)
        raise UsageError(
            f"there is no drill {quote(name, 60)!r}.",
            f"Did you mean {close}?" if close else f"Use: {', '.join(NAMES)}.",
        )
    from mcp_server.lab.drills import DRILLS
    from mcp_server.lab.drills.base import Order
    from mcp_server.lab.drills.reading import read
    from mcp_server.lab.signals import ended_by_signals

    drill = DRILLS[name]
    file = read(config)
    with tempfile.TemporaryDirectory(prefix="llm-gateway-drill-") as folder, ended_by_signals():
        outcome = await drill.run(Order(file, Path(folder), tuple(models), report))
    return Rehearsed(_answer(drill.question, file.shown, outcome), outcome.measured)


def _answer(question: str, shown: str, outcome: Outcome) -> Answer:
    from mcp_server.answer import Answer, sort_findings, verdict_of
    from mcp_server.run import programs

    findings = sort_findings(outcome.findings)
    count = {status: sum(c.status == status for c in outcome.checks) for status in ("pass", "warn", "fail", "skip")}
    # A row that failed is never green, whether or not a finding explains it.
    verdict = "errors" if count["fail"] else verdict_of(findings, proven=count["pass"] > 0)
    tally = ", ".join(f"{number} {word}" for word, number in count.items() if number) or "nothing could be rehearsed"
    first = f" First of all: {findings[0].problem}" if findings else ""
    return Answer(
        verdict=verdict,
        quick_answer=f"{question} {shown}: {tally}.{first}",
        verification=outcome.checks,
        context=[
            f"Real: LiteLLM {programs.versions()['litellm']} with a copy of {shown}. Stood in for: every provider.",
            *outcome.context,
        ],
        findings=findings,
    )
