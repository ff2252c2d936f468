"""Vertex answers alike for a wrong region, a wrong model id and a model that nobody enabled. Which of them is it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.net.route import NetFailure
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.probe.context import Context

#: The region that serves every Claude model of Vertex, whatever else does.
_EVERYWHERE = "global"
_COUNT = "/v1/messages/count_tokens"


@dataclass(frozen=True)
class Located:
    """The cause in this vocabulary, and what was seen."""

    cause: str
    sentence: str


async def locate(context: Context) -> Located | None:
    """Ask for the same model elsewhere, by counting tokens, which is free; ``None`` where that tells nothing.

    For the client's own mode only: behind a gateway the region is the gateway's affair.
    """
    if context.wire.mode != "vertex":
        return None
    name = quote(context.model_name, 80)
    if not context.shape.known_model:
        return Located("vertex_model_route_wrong", f"{name} is no id of a Claude model that Claude Code knows")
    body = {"model": context.model_name, "messages": [{"role": "user", "content": "hi"}]}
    path, sent = context.wire.free(_COUNT, body)
    head, _, rest = path.partition("/locations/")
    region, _, tail = rest.partition("/")
    if region == _EVERYWHERE:
        return None
    try:
        reply = await context.request("POST", f"{head}/locations/{_EVERYWHERE}/{tail}", json=sent)
    except NetFailure:
        return None
    if reply.status != 200:
        return None
    served = f"the region {quote(region, 40)} does not serve {name}, while {_EVERYWHERE} does"
    return Located("vertex_region_unsupported", served)
