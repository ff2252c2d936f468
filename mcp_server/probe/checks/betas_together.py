"""Are all beta names of the client accepted together? When not: which one is it?"""

from __future__ import annotations

from mcp_server.probe.checks.ask import Question
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed, skipped
from mcp_server.probe.checks.betas import all_betas, culprits, try_betas
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_QUESTION = Question("betas_together", "all beta names at once", "beta_flag_rejected")


async def run(context: Context) -> Verdict:
    betas = all_betas(context)
    if not betas:
        return skipped("this client sends no beta names")
    refused = await try_betas(context, _QUESTION, betas)
    if not isinstance(refused, Verdict):
        return passed(f"{len(betas)} beta names accepted together")
    if refused.undecided or not refused.findings or len(betas) == 1:
        return refused
    # Only a set is to blame for sure that is refused where nothing else is.
    named = ", ".join(quote(name, 80) for name in await culprits(context, _QUESTION, betas))
    finding = refused.findings[0]
    told = finding.model_copy(update={"problem": f"{finding.problem}; refused because of {named}"})
    return Verdict(refused.status, told.problem, [told])


CHECK = ProtocolCheck("betas_together", "protocol", "Are all beta names accepted together?", run)
