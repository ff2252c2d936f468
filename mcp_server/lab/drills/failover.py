"""One deployment of a load-balanced group goes down in mid-load and comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server.answer import Status
from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench
from mcp_server.lab.drills.copying import Shorten
from mcp_server.lab.drills.fallback import waves
from mcp_server.lab.drills.names import Fallbacks, Name, chosen
from mcp_server.lab.drills.traffic import Asked
from mcp_server.lab.drills.upstreams import Outage
from mcp_server.redact import quote

#: Longest cooldown that is waited for; longer ones are shortened to it.
COOLDOWN, TIMEOUT = 10.0, 3.0
_BEFORE, _DOWN, _AFTER_BACK = 1.5, 4.0, 1.0
#: Calls a second for each deployment of the group, and at most in all.
_RATE, _MOST_RATE = 5, 25
#: No try for so long means that the router has taken the deployment out of rotation; at this rate it is no chance.
_QUIET = 1.4
_DEFAULT_COOLDOWN = 5.0
_MOST_GROUPS = 4
_DOWN_OUTAGE = Outage("the deployment is down (500)", 500)


@dataclass(frozen=True)
class _Run:
    """Seconds are counted from the moment the deployment goes down, or comes back; ``None``: it never happened."""

    asked: Sequence[Asked]
    tries: int
    out_after: float | None
    back_after: float | None
    waited: float
    slowest: float
    usual: float

    @property
    def lost(self) -> list[Asked]:
        return [a for a in self.asked if not a.ok]


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    async with bench(order.file, order.folder, Shorten(cooldown=COOLDOWN, timeout=TIMEOUT), order.report) as b:
        names = chosen(order.file, b.names, order.models)
        balanced = [name for name in names if len(name.deployments) > 1 and (order.models or not name.is_alias)]
        if not balanced:
            outcome.row(
                "load-balanced groups",
                "skip",
                "No model group of this file has more than one deployment; see drill fallback.",
            )
        for name in balanced[_MOST_GROUPS:]:
            outcome.row(name.shown, "skip", f"Not rehearsed: only {_MOST_GROUPS} groups at once; --model {name.shown}")
        outcome.context += b.copy.changes
        for wave in waves(balanced[:_MOST_GROUPS], Fallbacks(order.file)):
            order.note(f"load on {', '.join(name.shown for name in wave)}")
            runs = await asyncio.gather(*(_rehearse(b, name, _cooldown(order)) for name in wave))
            for name, done in zip(wave, runs, strict=True):
                _judge(order, b, name, done, outcome)
    return outcome


def _cooldown(order: Order) -> float:
    given = order.file.setting("router_settings", "cooldown_time")
    return min(float(given), COOLDOWN) if isinstance(given, int | float) else _DEFAULT_COOLDOWN


async def _rehearse(b: Bench, name: Name, cooldown: float) -> _Run | str:
    first = [await b.client.ask(name.asked) for _ in range(2)]
    if not first[-1].ok:
        return first[-1].error
    victim = name.deployments[0]
    every = 1 / min(_RATE * len(name.deployments), _MOST_RATE)
    tasks: list[asyncio.Task[Asked]] = []
    begin = time.monotonic()

    async def load(until: float, *, seen_since: float | None = None) -> None:
        while time.monotonic() < until:
            tasks.append(asyncio.create_task(b.client.ask(name.asked)))
            await asyncio.sleep(every)
            if seen_since is not None and (back := _served(b, victim, seen_since)) is not None:
                until = min(until, back + _AFTER_BACK)

    await load(begin + _BEFORE)
    down = time.monotonic()
    b.upstreams.fail([victim], _DOWN_OUTAGE)
    await load(down + _DOWN)
    b.upstreams.heal([victim])
    up = time.monotonic()
    await load(up + 2 * cooldown + 3, seen_since=up)
    asked = await asyncio.gather(*tasks)
    tries = [call.at for call in b.upstreams.calls() if call.deployment == victim and down <= call.at < up]
    back = _served(b, victim, up)
    usual = sorted(a.seconds for a in asked if a.at < down)[: max(1, len(asked) // 2)]
    return _Run(
        asked,
        len(tries),
        out_after(tries, down, up, min(_QUIET, 0.8 * cooldown)),
        None if back is None else back - up,
        time.monotonic() - up,
        max(a.seconds for a in asked if a.at >= down),
        usual[len(usual) // 2] if usual else first[-1].seconds,
    )


def _served(b: Bench, deployment: int, since: float) -> float | None:
    return next(
        (c.at for c in b.upstreams.calls() if c.deployment == deployment and c.at >= since and c.status == 200), None
    )


def out_after(tries: Sequence[float], down: float, up: float, quiet: float) -> float | None:
    """When the tries at the deployment stop for ``quiet`` seconds; ``None`` when they go on until it is back."""
    for at, following in zip([down, *tries], [*tries, up], strict=True):
        if following - at >= quiet:
            return at - down
    return None


def _judge(order: Order, b: Bench, name: Name, done: _Run | str, outcome: Outcome) -> None:
    if isinstance(done, str):
        outcome.row(
            name.shown, "skip", f"Not rehearsed: it does not answer even while its providers are well ({done})."
        )
        return
    victim = b.deployment(name.deployments[0])
    lost, total = len(done.lost), len(done.asked)
    out = "never" if done.out_after is None else f"after {done.out_after:.1f} s"
    back = (
        f"not within {done.waited:.0f} s" if done.back_after is None else f"{done.back_after:.1f} s after it was well"
    )
    detail = (
        f"{victim.title} down for {_DOWN:g} s under load: {lost} of {total} requests lost; out of rotation {out}, "
        "after "
        f"{done.tries} tries; back {back}; slowest answer {done.slowest:.1f} s (usual {done.usual:.2f} s)."
    )
    if done.lost:
        detail += f" The client got {done.lost[0].error}"
    status: Status = "fail" if lost else "warn" if done.out_after is None or done.back_after is None else "pass"
    outcome.row(
        f"{name.shown}: one of {len(name.deployments)} deployments goes down",
        status,
        detail,
        model=quote(name.asked, 120),
        lost=lost,
        requests=total,
        tries=done.tries,
        out_after_seconds=None if done.out_after is None else round(done.out_after, 2),
        back_after_seconds=None if done.back_after is None else round(done.back_after, 2),
        slowest_seconds=round(done.slowest, 2),
    )
    places = (
        "router_settings.num_retries",
        "router_settings.allowed_fails",
        "router_settings.cooldown_time",
        "router_settings",
    )
    if lost:
        cooling = "No deployments available" in done.lost[0].error
        outcome.findings.append(
            finding(
                "all_deployments_cooling_down" if cooling else "fallback_not_applied",
                problem=f"{lost} of {total} calls for {name.shown} are lost while {victim.title} is down, although "
                f"{_others(len(name.deployments) - 1)} of the group "
                f"{'is' if len(name.deployments) == 2 else 'are'} well.",
                why="The router picks each try at random, so that it may meet the same deployment again until that "
                "one rests.",
                fix="Set router_settings.num_retries to 2 or more, leave cooldowns on, and set "
                "router_settings.allowed_fails: 0, "
                "so that a deployment rests after its first failure and the next try goes elsewhere.",
                where=order.file.where(*places),
            )
        )
    elif done.out_after is None:
        outcome.findings.append(
            finding(
                "fallback_not_applied",
                severity="warning",
                problem=f"{victim.title} of {name.shown} stays in rotation while it is down: {done.tries} calls in "
                f"{_DOWN:g} s were tried there first and cost a retry each.",
                why="Nobody is lost as long as the retries last, but each of these calls is late.",
                fix="Remove router_settings.disable_cooldowns, or lower allowed_fails, so that a failing "
                "deployment rests.",
                where=order.file.where("router_settings.disable_cooldowns", *places),
            )
        )


def _others(count: int) -> str:
    return "1 other deployment" if count == 1 else f"{count} other deployments"


DRILL = Drill(
    id="failover",
    title="failover",
    question="What is lost when one deployment of a group goes down and comes back?",
    run=run,
)
