"""Runs the probes in order and stops at the first broken layer; models run side by side."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from mcp_server.answer import Finding, Where
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import MODEL_SECONDS, Context
from mcp_server.probe.model import check_listed
from mcp_server.probe.registry import GATEWAY_PROBES, MODEL_PROBES
from mcp_server.probe.reply.stream_checks import found
from mcp_server.redact import quote

#: Which model probes a level runs.
_MESSAGE_PROBES = ("upstream", "message")
#: The client's own names and the credential matter from level health on.
_STATUS_PROBES = ("route",)


@dataclass
class ModelResult:
    """What one model's probes found."""

    context: Context
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    stopped_at: str = ""
    """Id of the probe that found the broken layer; empty when none did."""
    outcome: Outcome | None = None
    """Level health only: the look at the list."""

    @property
    def passed(self) -> bool:
        """Everything that the level asks for was seen to work."""
        facts = self.context.facts
        if self.stopped_at or any(f.severity == "error" for f in self.findings):
            return False
        if self.context.level == "claude-code":
            return bool(facts.get("text") and facts.get("tool_round_trip"))
        return bool(facts.get("text"))


async def run_gateway(context: Context) -> list[Outcome]:
    """The free probes of the gateway, until one is broken."""
    outcomes: list[Outcome] = []
    for probe in GATEWAY_PROBES:
        if context.level == "status" and probe.id not in _STATUS_PROBES:
            continue
        if probe.id == "model" and not context.tiers:
            continue
        outcome = await probe.run(context)
        outcomes.append(outcome)
        if outcome.broken:
            break
    return outcomes


async def run_models(contexts: list[Context]) -> list[ModelResult]:
    """Every model's probes, side by side; each model has its own time limit. A finding's key is the model's name."""
    results = list(await asyncio.gather(*(_run_model(context) for context in contexts)))
    for result in results:
        at = Where(key=quote(result.context.model_name, 80))
        result.findings = [f if f.where else f.model_copy(update={"where": at}) for f in result.findings]
    return results


async def _run_model(context: Context) -> ModelResult:
    context.started = time.monotonic()
    result = ModelResult(context)
    if context.level == "health":
        result.outcome = check_listed(context)
        result.findings = result.outcome.findings
        return result
    try:
        await asyncio.wait_for(_probe_model(context, result), MODEL_SECONDS)
    except asyncio.TimeoutError:
        late = f"the checks were not finished after {MODEL_SECONDS:.0f} s"
        result.findings.append(found(context, "stream_or_request_timeout", late))
        result.stopped_at = result.stopped_at or "time"
    result.findings += _survived(context)
    result.seconds = time.monotonic() - context.started
    return result


async def _probe_model(context: Context, result: ModelResult) -> None:
    for probe in _probes(context):
        outcome = await probe.run(context)
        known = {(f.id, f.severity) for f in result.findings}
        result.findings += [f for f in outcome.findings if (f.id, f.severity) not in known]
        if outcome.broken:
            result.stopped_at = probe.id
            return


def _probes(context: Context) -> tuple[Probe, ...]:
    if context.level == "message":
        return tuple(probe for probe in MODEL_PROBES if probe.id in _MESSAGE_PROBES)
    return MODEL_PROBES


def _survived(context: Context) -> list[Finding]:
    """Refusals that a second try got past: the set-up works, but not reliably."""
    findings: list[Finding] = []
    for refusal in context.refusals:
        if refusal.cause not in [f.id for f in findings]:
            again = f"refused at first with {refusal.said}; a later try came through"
            findings.append(
                found(
                    context,
                    refusal.cause,
                    again,
                    severity="warning",
                    confidence=refusal.confidence,
                    said=refusal.said,
                )
            )
    return findings
