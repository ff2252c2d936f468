"""Zuplo: a programmable gateway project (measured with zuplo 7.4.5), or Claude Code's side of its AI Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, verdict_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.gateways.zuplo.plan import Plan

ID = "zuplo"
SPELLINGS = ("zuplo", "zuplo gateway", "zuplo ai gateway")


def answer(asked: Asked) -> Answer:
    """The project's files, Claude Code's settings, and the checks that prove them.

    Raises:
        UsageError: several providers, one that this cannot pass on, or an argument without use.
    """
    from mcp_server.generate import client
    from mcp_server.generate.gateway_url import url_findings
    from mcp_server.generate.gateways.zuplo.plan import make_plan
    from mcp_server.generate.gateways.zuplo.project import files
    from mcp_server.generate.gateways.zuplo.side import checks, client_side, notes

    plan = make_plan(asked)
    findings = url_findings(plan.url, plan.removed_path)
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=_quick_answer(plan),
        config=[*([] if plan.hosted else files(plan)), *client.files(client_side(plan))],
        verification=checks(plan),
        context=notes(plan),
        findings=findings,
    )


def _quick_answer(plan: Plan) -> str:
    if plan.hosted:
        return (
            f"Written, not yet proven: Claude Code's settings for Zuplo's AI Gateway at {plan.url}. Its providers, "
            "teams and apps are made in Zuplo's portal; they have no files."
        )
    return (
        f"Written, not yet proven: a Zuplo project in front of {plan.upstream.title}, and Claude Code's settings for "
        f"{plan.url}. Lint it, run it, then prove it with test_model."
    )
