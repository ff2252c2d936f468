"""The provider answers 429, and the file's own limits are reached: what do clients see, and who waits?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench
from mcp_server.lab.drills.copying import Shorten
from mcp_server.lab.drills.fallback import waves
from mcp_server.lab.drills.names import Fallbacks, Name, chosen
from mcp_server.lab.drills.traffic import Asked
from mcp_server.lab.drills.upstreams import Outage
from mcp_server.redact import quote

COOLDOWN = 1.0
#: What the provider asks to wait, seconds.
_RETRY_AFTER = 3
#: Limits of the file are lowered to this, so that they can be reached; they act alike at any height.
_LIMIT = 3
_MOST_NAMES = 6
_LIMITS = ("rpm", "max_parallel_requests")
_SLOW = Outage("the provider is slow", 200, delay=1.5)


def _limited(title: str, retry_after: bool) -> Outage:
    return Outage(title, 429, {"retry-after": str(_RETRY_AFTER)} if retry_after else {})


_PASSING = _limited("one 429 with retry-after", True)
_LASTING = (_limited("lasting 429 with retry-after", True), _limited("lasting 429 without retry-after", False))


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    async with bench(order.file, order.folder, Shorten(cooldown=COOLDOWN, timeout=30), order.report) as b:
        names = chosen(order.file, b.names, order.models)
        if len(names) > _MOST_NAMES and not order.models:
            outcome.context.append(
                f"Rehearsed: the first {_MOST_NAMES} of {len(names)} names; --model NAME for another."
            )
            names = names[:_MOST_NAMES]
        outcome.context += b.copy.changes
        for wave in waves(names, Fallbacks(order.file)):
            order.note(f"429 for {', '.join(name.shown for name in wave)}")
            await asyncio.gather(*(_provider(order, b, name, outcome) for name in wave))
    limited = [name for name in names if _limits(order, name)]
    if limited:
        await _own_limits(order, limited, outcome)
    else:
        outcome.row("limits of the file", "skip", "No deployment has rpm or max_parallel_requests.")
    general = [
        k
        for k in ("max_parallel_requests", "global_max_parallel_requests")
        if order.file.setting("general_settings", k)
    ]
    if general:
        outcome.row(
            f"general_settings.{general[0]}",
            "skip",
            "Limits of keys, users and the whole proxy are not rehearsed here.",
        )
    return outcome


async def _provider(order: Order, b: Bench, name: Name, outcome: Outcome) -> None:
    await b.client.ask(name.asked)
    healthy = await b.client.ask(name.asked)
    if not healthy.ok:
        outcome.row(
            name.shown, "skip", f"Not rehearsed: it does not answer even while its provider is well ({healthy.error})."
        )
        return
    b.upstreams.fail(name.deployments, _PASSING, times=1)
    asked = await b.client.ask(name.asked)
    b.upstreams.heal(name.deployments)
    _row(b, name, _PASSING, asked, healthy.seconds, outcome, "pass" if asked.ok else "warn")
    if not asked.ok:
        outcome.findings.append(
            finding(
                "upstream_rate_limited",
                severity="warning",
                problem=f"a single 429 of the provider behind {name.shown} reaches the client; it got {asked.error}",
                why="Nobody tries again: one busy moment of the provider interrupts people's work.",
                fix="Set router_settings.num_retries to 2 or more, or give the group a second deployment or a "
                "fallback.",
                where=order.file.where("router_settings.num_retries", "router_settings"),
            )
        )
    await asyncio.sleep(COOLDOWN + 0.2)
    for outage in _LASTING:
        with b.upstreams.failing(name.deployments, outage):
            asked = await b.client.ask(name.asked)
        waited = asked.headers.get("retry-after")
        good = asked.ok or (asked.status == 429 and (waited is not None or not outage.headers))
        _row(b, name, outage, asked, healthy.seconds, outcome, "pass" if good else "warn")
        if not good:
            outcome.findings.append(_unclear(order, name, asked, outage))
        await asyncio.sleep(COOLDOWN + 0.2)


def _row(b: Bench, name: Name, outage: Outage, asked: Asked, usual: float, outcome: Outcome, status: Any) -> None:
    tries = b.attempts(asked.marker)
    waits = [round(later.at - earlier.at, 1) for earlier, later in pairwise(tries)]
    by = b.answered_by(asked.marker)
    waited = asked.headers.get("retry-after")
    if asked.ok:
        seen = f"the client got its answer from {by.title if by else 'an unknown deployment'}"
    else:
        seen = f"the client got {asked.error}; retry-after: {quote(waited, 20) if waited else 'none'}"
    detail = (
        f"{seen}; {len(tries)} tries, waits between them {waits} s; {max(0.0, asked.seconds - usual):.1f} s "
        "more than usual."
    )
    outcome.row(
        f"{name.shown}: {outage.title}",
        status,
        detail,
        model=quote(name.asked, 120),
        outage=outage.title,
        status_seen=asked.status,
        retry_after_seen=quote(waited, 20) if waited else None,
        tries=len(tries),
        waits_seconds=waits,
        answered=asked.ok,
    )


def _unclear(order: Order, name: Name, asked: Asked, outage: Outage) -> Any:
    if asked.status != 429:
        return finding(
            "upstream_rate_limited",
            severity="warning",
            problem=f"the provider's lasting 429 reaches the client of {name.shown} as {asked.error}",
            why="The client cannot tell a limit, after which it should wait, from a defect.",
            fix="Give the group a fallback (router_settings.fallbacks), so that a limit ends elsewhere.",
            where=order.file.where("router_settings.fallbacks", "litellm_settings.fallbacks", "router_settings"),
        )
    return finding(
        "upstream_rate_limited",
        severity="info",
        problem=f"the provider's retry-after ({outage.headers.get('retry-after')} s) does not reach the client of "
        f"{name.shown}.",
        why="Claude Code then waits by its own rule, which may be too short.",
        fix="Nothing to set in LiteLLM; a fallback or a second deployment avoids the wait.",
        where=order.file.where("router_settings.fallbacks", "router_settings"),
    )


def _limits(order: Order, name: Name) -> dict[str, list[float]]:
    """The limits of a group's deployments, as written; a deployment without one has none, so the group has none."""
    params = [order.file.data["model_list"][i]["litellm_params"] for i in name.deployments]
    found: dict[str, list[float]] = {}
    for kind in _LIMITS:
        values = [p.get(kind) for p in params]
        if all(isinstance(v, int | float) and not isinstance(v, bool) and v > 0 for v in values):
            found[kind] = [float(v) for v in values if v is not None]
    return found


async def _own_limits(order: Order, names: Sequence[Name], outcome: Outcome) -> None:
    folder = order.folder / "limits"
    folder.mkdir()
    names = [n for n in names if not n.is_alias]
    async with bench(order.file, folder, Shorten(cooldown=COOLDOWN, timeout=30, limit=_LIMIT), order.report) as b:
        for name in names[:_MOST_NAMES]:
            limits = _limits(order, name)
            order.note(f"limits of {name.shown}: {', '.join(limits)}")
            if "max_parallel_requests" in limits:
                await _parallel(order, b, name, limits["max_parallel_requests"], outcome)
            if "rpm" in limits:
                await _per_minute(order, b, name, limits["rpm"], outcome)


async def _parallel(order: Order, b: Bench, name: Name, written: list[float], outcome: Outcome) -> None:
    bound = int(sum(min(v, _LIMIT) for v in written))
    b.upstreams.fail(name.deployments, _SLOW)
    asked = await asyncio.gather(*(b.client.ask(name.asked) for _ in range(bound + 2)))
    b.upstreams.heal(name.deployments)
    calls = [c for a in asked for c in b.attempts(a.marker)]
    peak = max((sum(c.at <= d.at < (c.ended or c.at) for c in calls) for d in calls), default=0)
    lost = [a for a in asked if not a.ok]
    detail = (
        f"{len(asked)} calls at once, the file allows {bound} here: at most {peak} at the provider together, "
        f"{len(lost)} refused"
    )
    detail += (
        f" ({lost[0].error}; retry-after: {quote(lost[0].headers.get('retry-after', 'none'), 20)})."
        if lost
        else ", the rest were answered later."
    )
    outcome.row(
        f"{name.shown}: max_parallel_requests",
        "pass" if peak <= bound else "fail",
        detail,
        model=quote(name.asked, 120),
        limit=bound,
        peak=peak,
        refused=len(lost),
    )
    if peak > bound:
        outcome.findings.append(_not_enforced(order, name, "max_parallel_requests"))


async def _per_minute(order: Order, b: Bench, name: Name, written: list[float], outcome: Outcome) -> None:
    bound = int(sum(min(v, _LIMIT) for v in written))
    # LiteLLM counts by the minute of the clock.
    if (left := 60 - time.time() % 60) < 15:
        await asyncio.sleep(left + 0.5)
    asked = [await b.client.ask(name.asked) for _ in range(bound + 2)]
    own = [sum(c.deployment in name.deployments for c in b.attempts(a.marker)) for a in asked]
    lost = [a for a in asked if not a.ok]
    enforced = sum(n > 0 for n in own) <= bound
    detail = (
        f"{len(asked)} calls in one minute, the file allows {bound} here: {sum(own)} reached the providers, "
        f"{len(lost)} were refused"
    )
    if lost:
        detail += f" ({lost[0].error}; retry-after: {quote(lost[0].headers.get('retry-after', 'none'), 20)})"
    outcome.row(
        f"{name.shown}: rpm",
        "pass" if enforced else "warn",
        f"{detail}.",
        model=quote(name.asked, 120),
        limit=bound,
        reached=sum(own),
        refused=len(lost),
    )
    if not enforced:
        outcome.findings.append(_not_enforced(order, name, "rpm"))


def _not_enforced(order: Order, name: Name, kind: str) -> Any:
    place = f"model_list[{name.deployments[0]}]"
    return finding(
        "gateway_rate_limit",
        severity="warning",
        problem=f"{kind} of {name.shown} is no limit: more calls than it allows reach the provider.",
        why="With this routing the number only weighs deployments against each other.",
        fix="Set router_settings.optional_pre_call_checks: [enforce_model_rate_limits], or limit keys and teams "
        "instead.",
        where=order.file.where("router_settings.optional_pre_call_checks", "router_settings").model_copy(
            update={"key": f"{place}.litellm_params.{kind}"}
        ),
    )


DRILL = Drill(
    id="rate-limit",
    title="rate limit",
    question="What do clients see when the provider answers 429, and do the file's own limits hold?",
    run=run,
)
