"""Is each beta name of the client accepted on its own?"""

from __future__ import annotations

import asyncio

from mcp_server.answer import Finding
from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import SMALL, ProtocolCheck, Verdict, passed, skipped, undecided
from mcp_server.probe.checks.betas import all_betas, try_betas
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_AT_ONCE = 3


async def run(context: Context) -> Verdict:
    betas = all_betas(context)
    if not betas:
        return skipped("this client sends no beta names")
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> Verdict | None:
        question = Question("betas_each", f"beta {quote(name, 80)} alone", "beta_flag_rejected")
        async with gate:
            answer = await try_betas(context, question, [name])
        return answer if isinstance(answer, Verdict) else None

    refused = [verdict for verdict in await asyncio.gather(*map(one, betas)) if verdict is not None]
    if not refused:
        return passed(f"{len(betas)} beta names accepted, each on its own")
    findings: list[Finding] = [finding for verdict in refused for finding in verdict.findings]
    failed = [verdict for verdict in refused if verdict.status == "fail"]
    if failed:
        return Verdict("fail", f"{len(failed)} of {len(betas)} refused: {failed[0].detail}", findings)
    if all(verdict.undecided for verdict in refused):
        return undecided(refused[0].detail, findings)
    return Verdict("warn", refused[0].detail, findings)


def _tokens(shape: RequestShape) -> int:
    return SMALL * len(shape.betas)


CHECK = ProtocolCheck("betas_each", "protocol", "Is each beta name accepted on its own?", run, _tokens)
