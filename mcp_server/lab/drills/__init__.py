"""Drills: scripted outages on the laboratory, with the user's own LiteLLM file and the real LiteLLM.

``DRILLS`` is the registry: one file per drill, each named here.
"""

from __future__ import annotations

from mcp_server.lab.drills import auth_bypass, failover, fallback, header_forwarding, rate_limit, usage_logging
from mcp_server.lab.drills.base import Drill

DRILLS: dict[str, Drill] = {
    drill.id: drill
    for drill in (
        fallback.DRILL,
        failover.DRILL,
        rate_limit.DRILL,
        header_forwarding.DRILL,
        auth_bypass.DRILL,
        usage_logging.DRILL,
    )
}
