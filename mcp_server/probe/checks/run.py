"""Runs the checks of several models at once: within bounds, dependent ones in order, limits tried again one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from mcp_server.answer import Finding
from mcp_server.probe import upstream
from mcp_server.probe.checks.ask import LIMITS
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, undecided
from mcp_server.probe.context import Context, Ledger
from mcp_server.probe.reply.stream_checks import check_stream
from mcp_server.probe.request.attempts import Attempts
from mcp_server.probe.request.words import new_words

#: Checks that run at the same time, over all models.
AT_ONCE = 6
#: Seconds for one check; the opt-in ones wait longer by nature.
CHECK_SECONDS = 60.0
_OPT_IN_SECONDS = 300.0
_MAX_REPEATED = 12


@dataclass
class CheckResult:
    """One check of one model."""

    check: ProtocolCheck
    verdict: Verdict
    ledger: Ledger = field(default_factory=Ledger)
    seconds: float = 0.0


@dataclass
class ModelChecks:
    """All checks of one model. ``findings``: why none could run."""

    context: Context
    results: list[CheckResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    note: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    seconds: float = 0.0


async def run_checks(contexts: Sequence[Context], checks: Sequence[ProtocolCheck]) -> list[ModelChecks]:
    """Every check for every model. A model whose small message does not come through gets no checks."""
    slots = asyncio.Semaphore(AT_ONCE)
    return list(await asyncio.gather(*(_model(context, checks, slots) for context in contexts)))


async def _model(context: Context, checks: Sequence[ProtocolCheck], slots: asyncio.Semaphore) -> ModelChecks:
    started = time.monotonic()
    context.started = started
    model = ModelChecks(context)
    context.ledger = model.ledger
    context.facts["all_betas"] = context.shape.betas
    async with slots:
        reached = await _reached(context, model)
    if reached:
        tasks: dict[str, asyncio.Task[CheckResult]] = {}
        for check in checks:
            before = [tasks[id_] for id_ in check.after if id_ in tasks]
            tasks[check.id] = asyncio.create_task(_after(before, context, check, slots))
        model.results = list(await asyncio.gather(*tasks.values()))
        await _again(context, model)
    for result in model.results:
        for name, value in vars(result.ledger).items():
            setattr(model.ledger, name, getattr(model.ledger, name) + value)
    model.seconds = time.monotonic() - started
    return model


async def _reached(context: Context, model: ModelChecks) -> bool:
    """Send the small message; where its beta names are what is refused, go on without them."""
    shape = context.shape
    outcome = await upstream.PROBE.run(context)
    first = outcome.findings
    if outcome.broken and shape.betas and _refused_as_bad(context):
        context.shape = replace(shape, betas=())
        outcome = await upstream.PROBE.run(context)
        if not outcome.broken:
            model.note = (
                "The small message is refused with the client's beta names, so all other checks leave them out."
            )
    if outcome.broken:
        context.shape = shape
        # A limit says nothing about the protocol: nothing is decided then.
        model.findings = [
            f.model_copy(update={"severity": "warning"}) if f.id in LIMITS else f
            for f in first
            if f.severity == "error"
        ]
        return False
    small: Attempts = context.facts["small"]
    if small.reply is None or small.transcript is None:
        raise AssertionError("a small message that came through has a reply")
    findings = check_stream(context, small.reply, small.transcript, "small message")
    context.facts["stream_findings"] = frozenset(f.id for f in findings)
    if small.transcript.first_event is None:
        model.findings = [f for f in findings if f.severity == "error"][:1]
        return False
    context.small_request_passed = True
    return True


def _refused_as_bad(context: Context) -> bool:
    small: Attempts = context.facts["small"]
    return bool(small.refusals) and small.decisive.status in (400, 422)


async def _after(
    before: Sequence[asyncio.Task[CheckResult]], context: Context, check: ProtocolCheck, slots: asyncio.Semaphore
) -> CheckResult:
    if before:
        await asyncio.wait(before)
    async with slots:
        return await _one(context, check)


async def _one(context: Context, check: ProtocolCheck) -> CheckResult:
    """One check with words, time and a ledger of its own; facts are shared with the model's other checks."""
    own = replace(
        context, ledger=Ledger(), words=new_words(), session_id=str(uuid4()), refusals=[], started=time.monotonic()
    )
    limit = _OPT_IN_SECONDS if check.opt_in else CHECK_SECONDS
    try:
        verdict = await asyncio.wait_for(check.run(own), limit)
    except asyncio.TimeoutError:
        verdict = undecided(f"not decided: no end after {limit:.0f} s")
    return CheckResult(check, verdict, own.ledger, time.monotonic() - own.started)


async def _again(context: Context, model: ModelChecks) -> None:
    """Checks that met a limit, once more and one at a time: our own haste may have caused it.

    What builds on such a check is asked again as well, and is not decided where that one stays undecided.
    """
    repeated: set[str] = set()
    for number, first in enumerate(model.results):
        limited = first.verdict.undecided and first.verdict.findings
        if len(repeated) < _MAX_REPEATED and (limited or repeated.intersection(first.check.after)):
            repeated.add(first.check.id)
            second = await _one(context, first.check)
            for name, value in vars(first.ledger).items():
                setattr(second.ledger, name, getattr(second.ledger, name) + value)
            model.results[number] = second
    open_questions = {result.check.id for result in model.results if result.verdict.undecided}
    for result in model.results:
        base = open_questions.intersection(result.check.after)
        if result.verdict.status == "skip" and base:
            result.verdict = undecided(f"not decided: it builds on {min(base)}")
