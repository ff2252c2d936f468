"""Does somebody judge the actions of auto mode? Asked only where the settings begin every session in it."""

from __future__ import annotations

from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context


async def run(context: Context) -> Outcome:
    mode = context.facts.get("auto_mode")
    if mode is None or not mode.chosen:
        return Outcome()
    from mcp_server.probe.checks.auto_mode import CHECK

    return Outcome(findings=(await CHECK.run(context)).findings)


PROBE = Probe("auto_mode", "protocol", "Are the actions of auto mode judged?", run)
