"""A small message is refused in words that say nothing: is it the client's beta names, or any message at all?"""

from __future__ import annotations

import re
from dataclasses import replace

from mcp_server.answer import Finding
from mcp_server.probe.as_client import Build
from mcp_server.probe.context import Context
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.request.attempts import Attempts, send_message

#: What claude gateway 2.1.330 says in place of a cloud provider's own words.
_HIDDEN = re.compile(r"upstream rejected the request")


async def judge(context: Context, build: Build, refused: Attempts) -> Finding | None:
    """One more try without beta names, and what it shows; ``None`` when nothing new."""
    decisive = refused.decisive if refused.refusals else None
    if decisive is None or decisive.status != 400 or decisive.cause not in ("body_field_rejected", "unknown"):
        return None
    whole = context.shape
    if not whole.betas:
        return None
    context.shape = replace(whole, betas=())
    plain = await send_message(context, *build(context))
    context.shape = whole
    if plain.passed:
        shown = f"small message refused with {decisive.said}; without the client's beta names it passes"
        return found(context, "beta_flag_rejected", shown)
    if _HIDDEN.search(decisive.said):
        shown = f"even the plainest message is refused with {decisive.said}"
        return found(context, "gateway_config_invalid", shown, confidence="medium", said=shown)
    return None
