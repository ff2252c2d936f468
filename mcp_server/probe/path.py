"""The path of a request, layer by layer: name → proxy → TCP → TLS. The run stops at the first broken layer."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.effective.proxy_url import ProxyAddress, ProxyProblem, parse_proxy
from mcp_server.net.failures import place
from mcp_server.net.route import Route
from mcp_server.net.tcp import Channel, TcpChannel
from mcp_server.probe.base import Outcome, Probe

if TYPE_CHECKING:
    from mcp_server.probe.who_trusts import TrustKind

STEP_SECONDS = 3.0
#: Leaves room for the rest of a run, which must end within ten seconds.
TOTAL_SECONDS = 8.0


@dataclass
class PathRun:
    """What the probes of one run share. Channels opened here are dropped at its end."""

    route: Route
    decision: ProxyDecision | None = None
    proxy: ProxyAddress | None = None
    until: float = 0.0
    addresses: tuple[str, ...] = ()
    """Of the first hop: the proxy where there is one, else the target."""
    channels: list[TcpChannel] = field(default_factory=list)
    ready: Channel | None = None
    """A fresh way to the target that the next probe may use up."""
    neighbours: tuple[str, ...] = ()
    """``host:port`` of unrelated TLS servers behind the same proxy, to tell an inspecting issuer."""
    kinds: tuple[TrustKind, ...] = ()
    """How the programs of this machine trust; empty: not asked."""
    unused_cas: Mapping[str, str] = field(default_factory=dict)
    """CA files that lie on this machine and do not count for Claude Code: path → who names it."""

    @property
    def scheme(self) -> str:
        return urlsplit(self.route.base_url).scheme.lower()

    @property
    def host(self) -> str:
        return (urlsplit(self.route.base_url).hostname or "").lower()

    @property
    def port(self) -> int:
        return urlsplit(self.route.base_url).port or (443 if self.scheme == "https" else 80)

    @property
    def where(self) -> str:
        """``host:port`` of the target."""
        return place(self.route)

    @property
    def first_host(self) -> str:
        return self.proxy.host if self.proxy else self.host

    @property
    def first_port(self) -> int:
        return self.proxy.port if self.proxy else self.port

    @property
    def first_where(self) -> str:
        return self.proxy.authority if self.proxy else self.where

    async def hang_up(self) -> None:
        """Drop every connection: an idle one of ours would block a server that serves one at a time."""
        self.ready = None
        while self.channels:
            await self.channels.pop().close()

    @property
    def limit(self) -> float:
        """Seconds the next step may take."""
        return max(min(STEP_SECONDS, self.route.timeout, self.until - time.monotonic()), 0.05)


async def check_path(
    route: Route,
    decision: ProxyDecision | None = None,
    neighbours: tuple[str, ...] = (),
    kinds: tuple[TrustKind, ...] = (),
    unused_cas: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Run every network probe along ``route`` until one is broken; at most ``TOTAL_SECONDS`` altogether.

    ``decision`` (why this proxy, or none) only enriches the wording. What was not run is listed as skipped. A broken
    proxy is followed by one look at the target without it, which explains and changes nothing.
    """
    from mcp_server.probe.direct import look
    from mcp_server.probe.registry import PATH_PROBES

    refused = unusable(route)
    if refused is not None:
        return [refused]
    until = time.monotonic() + TOTAL_SECONDS
    run = PathRun(route, decision, until=until, neighbours=neighbours, kinds=kinds, unused_cas=unused_cas or {})
    if route.proxy:
        parsed = parse_proxy(route.proxy)
        if isinstance(parsed, ProxyProblem):
            return [broken_proxy(parsed)]
        run.proxy = parsed
    outcomes: list[Outcome] = []
    stopped = ""
    try:
        for probe in PATH_PROBES:
            if stopped:
                skipped = Check(title=_titles(probe, run), status="skip", detail=f"not reached: {stopped}")
                outcomes.append(Outcome(checks=[skipped]))
                continue
            outcome = await probe.run(run)
            outcomes.append(outcome)
            if outcome.broken:
                stopped = f"the {probe.layer} layer is broken"
                seen = await look(run, outcome) if probe.id in ("name", "proxy") else None
                if seen is not None:
                    outcomes.append(seen)
    finally:
        await run.hang_up()
    return outcomes


def unusable(route: Route) -> Outcome | None:
    """The outcome for a URL that no probe can start with, or ``None``."""
    try:
        parts = urlsplit(route.base_url)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        usable = usable and not re.search(r"[\x00-\x20\x7f]", route.base_url)
        _ = parts.port
    except ValueError:
        usable = False
    if usable:
        return None
    shown = redact.url(route.base_url) or "(empty)"
    said = finding(
        "base_url_wrong_endpoint",
        problem=f"{shown} is no complete http(s) URL",
        fix="Write it as https://host or http://127.0.0.1:4000.",
    )
    return Outcome([Check(title="URL", status="fail", detail=f"{said.problem}.")], [said])


def broken_proxy(problem: ProxyProblem) -> Outcome:
    """The outcome for a proxy value that cannot be used at all."""
    said = finding(problem.cause, problem=problem.problem, fix=problem.fix)
    return Outcome([Check(title="Proxy URL", status="fail", detail=f"{problem.problem}.")], [said])


def _titles(probe: Probe, run: PathRun) -> str:
    return {
        "name": "Name resolution",
        "proxy": "Proxy",
        "tcp": f"TCP to {run.where}",
        "tls": f"TLS with {run.where}",
    }[probe.id]


def milliseconds(seconds: float) -> str:
    """A duration for people."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
