"""The primary model group fails in five ways, one after the other: who answers instead, and at what price?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server.answer import Confidence, Finding, Severity, Where
from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench
from mcp_server.lab.drills.copying import Shorten
from mcp_server.lab.drills.names import KINDS, Fallbacks, Name, chosen
from mcp_server.lab.drills.traffic import Asked
from mcp_server.lab.drills.upstreams import Outage
from mcp_server.redact import quote

#: A hang is noticed and a failed deployment comes back after so many seconds in the copy.
COOLDOWN, TIMEOUT = 1.0, 3.0
OUTAGES = (
    Outage("the provider answers 500", 500),
    Outage("the provider answers 429", 429),
    Outage("the provider refuses the gateway's key (401)", 401),
    Outage("the conversation is too long for the model", 400, too_long=True),
    Outage("the provider hangs", None),
)
#: Names rehearsed when the user names none; each costs about 25 s, names that do not share a group run together.
MOST_NAMES = 12
#: Above this a hang is worth a word: seconds before LiteLLM gives an attempt up.
_LONG_WAIT = 120


@dataclass(frozen=True)
class _Case:
    """What one outage did to one name: a text answer and a tool call, both streamed."""

    name: Name
    outage: Outage
    asked: Sequence[Asked]
    answered: tuple[str, ...]
    """Titles of the deployments that answered, in the order of ``asked``."""
    tries: int
    added: float

    @property
    def lost(self) -> list[Asked]:
        return [a for a in self.asked if not a.ok]


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    async with bench(order.file, order.folder, Shorten(cooldown=COOLDOWN, timeout=TIMEOUT), order.report) as b:
        names = chosen(order.file, b.names, order.models)
        if len(names) > MOST_NAMES and not order.models:
            outcome.context.append(
                f"Rehearsed: the first {MOST_NAMES} of {len(names)} names; --model NAME rehearses another."
            )
            names = names[:MOST_NAMES]
        fallbacks = Fallbacks(order.file)
        cases: list[_Case] = []
        for wave in waves(names, fallbacks):
            order.note(f"rehearsing {', '.join(name.shown for name in wave)}")
            cases += [
                case for part in await asyncio.gather(*(_rehearse(b, name, outcome) for name in wave)) for case in part
            ]
        outcome.context += b.copy.changes
        for name in names:
            own = [case for case in cases if case.name == name]
            if own:
                _judge(order, fallbacks, name, own, outcome)
    return outcome


def waves(names: Sequence[Name], fallbacks: Fallbacks) -> list[list[Name]]:
    """``names`` in groups that can be rehearsed at once: what fails for one is no fallback of another."""
    result: list[tuple[set[str], list[Name]]] = []
    for name in names:
        reached = fallbacks.closure(name)
        free = next((wave for wave in result if not wave[0] & reached), None)
        if free is None:
            result.append((reached, [name]))
        else:
            free[0].update(reached)
            free[1].append(name)
    return [wave for _, wave in result]


async def _both(b: Bench, name: Name) -> list[Asked]:
    return list(await asyncio.gather(b.client.ask(name.asked), b.client.ask(name.asked, tool=True)))


async def _rehearse(b: Bench, name: Name, outcome: Outcome) -> list[_Case]:
    await _both(b, name)  # the first call of each provider loads its code
    healthy = await _both(b, name)
    if broken := [a for a in healthy if not a.ok]:
        outcome.row(
            name.shown,
            "skip",
            f"Not rehearsed: it does not answer even while its provider is well ({broken[0].error}).",
        )
        return []
    usual = max(a.seconds for a in healthy)
    cases = []
    for outage in OUTAGES:
        with b.upstreams.failing(name.deployments, outage):
            asked = await _both(b, name)
        by = [b.answered_by(a.marker) for a in asked if a.ok]
        tries = max(sum(c.deployment in name.deployments for c in b.attempts(a.marker)) for a in asked)
        titles = tuple(d.title if d else "an unknown deployment" for d in by)
        added = max(0.0, max(a.seconds for a in asked) - usual)
        cases.append(_Case(name, outage, asked, titles, tries, added))
        await asyncio.sleep(COOLDOWN + 0.2)
    return cases


def _judge(order: Order, fallbacks: Fallbacks, name: Name, cases: list[_Case], outcome: Outcome) -> None:
    meant = fallbacks.any_for(name.asked) or fallbacks.any_for(name.group)
    for case in cases:
        lost, total = len(case.lost), len(case.asked)
        detail = f"{lost} of {total} requests lost"
        if case.answered:
            detail += f"; answered by {', '.join(dict.fromkeys(case.answered))}, text and tool call whole"
        detail += f"; {case.added:.1f} s more than usual; {case.tries} tries at the failing provider."
        if case.lost:
            detail += f" The client got {case.lost[0].error}"
        outcome.row(
            f"{name.shown}: {case.outage.title}",
            "pass" if not lost else "fail" if meant else "warn",
            detail,
            model=quote(name.asked, 120),
            outage=case.outage.title,
            lost=lost,
            requests=total,
            answered_by=list(dict.fromkeys(case.answered)),
            added_seconds=round(case.added, 2),
            tries=case.tries,
        )
    lost_cases = [case for case in cases if case.lost]
    if lost_cases:
        outcome.findings.append(_not_applied(order, fallbacks, name, lost_cases, cases))
    elif (late := _slow_hang(order, name, cases)) is not None:
        outcome.findings.append(late)


def _not_applied(order: Order, fallbacks: Fallbacks, name: Name, lost: list[_Case], cases: list[_Case]) -> Finding:
    """Why nobody stood in, in the order of what is most likely and least known."""
    when = "its provider fails" if len(lost) == len(cases) else ", or ".join(case.outage.title for case in lost)
    what = f"calls for {name.shown} are lost when {when}"
    section = fallbacks.section()
    where = order.file.where(f"{section}.fallbacks", "router_settings.model_group_alias", section)
    for kind in KINDS:
        group_targets = fallbacks.targets(name.group, kind)
        if name.asked != name.group and group_targets and not fallbacks.any_for(name.asked):
            return _finding(
                f"{what}, although {quote(name.group, 80)} has a fallback.",
                f"Write it under the name that clients ask for, too: {section}.{kind}: - {name.shown}: "
                f"{_list(group_targets)}",
                "LiteLLM looks fallbacks up under the name in the request, before it follows model_group_alias.",
                where,
            )
    own = {kind: fallbacks.targets(name.asked, kind) for kind in KINDS}
    if not any(own.values()):
        candidates = [group for group in _groups(order) if group != name.group][:1] or ["ANOTHER_MODEL_GROUP"]
        return _finding(
            f"{what}: no fallback is configured for it.",
            f"Add to router_settings: fallbacks: - {name.shown}: {_list(candidates)} (any model group that may "
            "stand in).",
            "Without a fallback every fault of the provider reaches the client, after LiteLLM's own retries.",
            where,
            severity="warning",
        )
    missing = [
        t for targets in own.values() for t in targets if t not in _groups(order) and "*" not in "".join(_groups(order))
    ]
    if missing:
        return _finding(
            f"{what}: its fallback {quote(missing[0], 80)} is no model_name of this file.",
            f"Correct the name, or add a deployment with model_name: {quote(missing[0], 80)}.",
            "LiteLLM says nothing at start, tries the name, and gives the first error back.",
            where,
        )
    if not own["fallbacks"]:
        kinds = ", ".join(kind for kind, targets in own.items() if targets)
        targets = next(targets for targets in own.values() if targets)
        return _finding(
            f"{what}: only {kinds} name a substitute, which other faults do not use.",
            f"Add to router_settings: fallbacks: - {name.shown}: {_list(targets)}",
            "Each of the special fallback settings serves one kind of error only.",
            where,
        )
    said = lost[0].lost[0].error
    shared = [d for d in name.deployments if d in _members(order, own["fallbacks"])]
    if shared:
        return _finding(
            f"{what}: its fallback leads to the same model group that fails.",
            f"Name another group in {section}.fallbacks for {name.shown}.",
            "A group cannot stand in for itself.",
            where,
        )
    return _finding(
        f"{what}, although {section}.fallbacks names {_list(own['fallbacks'])}; the client got {said}",
        f"Check that each substitute takes what Claude Code sends, tools too: --model {quote(own['fallbacks'][0], 80)}"
        if len(lost) < len(cases)
        else f"Ask the substitute itself: llm-gateway drill fallback --model {quote(own['fallbacks'][0], 80)}",
        "A fallback that fails itself is reported by LiteLLM as the error of the first model.",
        where,
        confidence="medium",
    )


def _finding(
    problem: str,
    fix: str,
    why: str,
    where: Where,
    severity: Severity = "error",
    confidence: Confidence = "high",
) -> Finding:
    return finding(
        "fallback_not_applied", problem=problem, fix=fix, why=why, where=where, severity=severity, confidence=confidence
    )


def _slow_hang(order: Order, name: Name, cases: list[_Case]) -> Finding | None:
    """A fallback that works, but so late that people have left: the user's own time limits, not the copy's."""
    hang = next((case for case in cases if case.outage.status is None), None)
    if hang is None or hang.tries == 0 or not Fallbacks(order.file).any_for(name.asked):
        return None
    places = ("router_settings.stream_timeout", "router_settings.timeout", "litellm_settings.request_timeout")
    params = order.file.data["model_list"][name.deployments[0]]["litellm_params"]
    given = [params.get("stream_timeout"), params.get("timeout")]
    given += [order.file.setting(*place.split(".")) for place in places]
    limit = next((v for v in given if isinstance(v, int | float) and not isinstance(v, bool)), None)
    if limit is not None and limit <= _LONG_WAIT:
        return None
    each = f"{limit:g} s" if limit is not None else "LiteLLM's own limit of more than an hour"
    return finding(
        "stream_or_request_timeout",
        severity="info",
        problem=f"when the provider of {name.shown} hangs, the fallback answers only after {hang.tries} times {each}.",
        why="A hung provider is not an error until a time limit says so; Claude Code gives up after some minutes.",
        fix="Set router_settings.timeout, and stream_timeout for the first byte, to what people will wait for, "
        "e.g. 60.",
        where=order.file.where(*places),
    )


def _groups(order: Order) -> list[str]:
    return list(dict.fromkeys(str(item["model_name"]) for item in order.file.data["model_list"]))


def _members(order: Order, groups: Sequence[str]) -> set[int]:
    return {i for i, item in enumerate(order.file.data["model_list"]) if item["model_name"] in groups}


def _list(names: Sequence[str]) -> str:
    return f"[{quote(', '.join(names), 160)}]"


DRILL = Drill(
    id="fallback",
    title="fallback",
    question="Who answers when the provider of a model fails, and at what price?",
    run=run,
)
