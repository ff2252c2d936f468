"""Does a body of the size of a long session get through? Asked free of charge: the large request is wrong on purpose.

The same wrong request (a model that does not exist, no messages) is sent small and large; a gateway without a limit
answers both alike.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from mcp_server.net.http import Reply
from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem, small
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed, undecided
from mcp_server.probe.checks.whole import post_whole
from mcp_server.probe.context import Context
from mcp_server.probe.request import filler
from mcp_server.redact import quote

#: Just above the limit that nginx has unless it is told otherwise.
MEGABYTES = 1.2
_SECONDS_PER_MEGABYTE = 3.0
_QUESTION = Question("large_body", "large body", "request_body_too_large")


@dataclass(frozen=True)
class _Lost:
    """No answer came; ``detail`` says how the connection ended."""

    detail: str


async def run(context: Context) -> Verdict:
    megabytes: float = context.facts.get("body_megabytes", MEGABYTES)
    name = f"no-such-model-{secrets.token_hex(4)}"
    plain = await _send(context, name, 100, 10.0)
    if isinstance(plain, _Lost):
        return undecided(f"not decided: the same request of small size got no answer ({plain.detail})")
    large = await _send(context, name, int(megabytes * 1_000_000), 10.0 + _SECONDS_PER_MEGABYTE * megabytes)
    size = f"{megabytes:g} MB"
    if isinstance(large, _Lost):
        return problem(context, _QUESTION, f"{size}: the connection ended without an answer ({large.detail})")
    if large.status == 413:
        return problem(context, _QUESTION, f"{size} refused with 413, a small one with {plain.status}")
    if large.status in (403, 502, 503, 504) and large.status != plain.status:
        return problem(context, _QUESTION, f"{size} answered with {large.status}, a small one with {plain.status}")
    return passed(f"{size} got through (the same answer as to a small one: {large.status})")


async def _send(context: Context, name: str, characters: int, seconds: float) -> Reply | _Lost:
    system = [{"type": "text", "text": filler.text(characters)}]
    request = small(context, "", 1, model=name, messages=[], system=system, stream=False)
    try:
        return await post_whole(context, request, seconds, billed=False)
    except NetFailure as failure:
        return _Lost(quote(failure.detail, 160))


CHECK = ProtocolCheck("large_body", "route", "Does a large body get through?", run, free)
