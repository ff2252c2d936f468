"""TrueFoundry's AI gateway: its manifests (``tfy apply``), and Claude Code's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, verdict_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.gateways.truefoundry.plan import Plan

ID = "truefoundry"
SPELLINGS = ("truefoundry", "true foundry", "true-foundry", "tfy")


def answer(asked: Asked) -> Answer:
    """The manifests where accounts are to be made, Claude Code's settings, and the checks that prove them.

    Raises:
        UsageError: the address is missing, names contradict each other, or an argument has no use.
    """
    from mcp_server.generate import client
    from mcp_server.generate.gateway_url import url_findings
    from mcp_server.generate.gateways.truefoundry.manifests import files
    from mcp_server.generate.gateways.truefoundry.plan import make_plan
    from mcp_server.generate.gateways.truefoundry.side import checks, client_side, notes

    plan = make_plan(asked)
    findings = url_findings(plan.url, plan.removed_path)
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=_quick_answer(plan),
        config=[*(files(plan) if plan.accounts else []), *client.files(client_side(plan))],
        verification=checks(plan),
        context=notes(plan),
        findings=findings,
    )


def _quick_answer(plan: Plan) -> str:
    what = "Claude Code's settings for TrueFoundry"
    if plan.accounts:
        titles = ", ".join(account.title for account in plan.accounts)
        what = f"TrueFoundry's manifests for {titles}, and Claude Code's settings"
    return (
        f"Written, not yet proven: {what} at {plan.url}, main model {plan.names[0]}. Prove it before relying on it: "
        "test_model at level claude-code (command under Verification)."
    )
