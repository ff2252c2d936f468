"""Anthropic's own ``claude gateway``: its complete file, its start, and how Claude Code signs in to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, verdict_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

ID = "claude-apps-gateway"
SPELLINGS = (
    "claude-apps-gateway",
    "claude apps gateway",
    "claude gateway",
    "anthropic's gateway",
    "anthropics gateway",
)


def answer(asked: Asked) -> Answer:
    """Gateway file, start commands, client settings and the checks that prove them.

    Raises:
        UsageError: a provider, model or argument that this gateway has no use for.
    """
    from mcp_server.generate import client
    from mcp_server.generate.gateway_url import url_findings
    from mcp_server.generate.gateways.claude_apps_gateway.config import files
    from mcp_server.generate.gateways.claude_apps_gateway.plan import make_plan
    from mcp_server.generate.gateways.claude_apps_gateway.side import checks, client_side, notes

    plan = make_plan(asked)
    findings = url_findings(plan.public_url, plan.removed_path)
    titles = ", ".join(upstream.title for upstream in plan.upstreams)
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=(
            f"Written, not yet proven: claude gateway at {plan.public_url} in front of {titles}. It needs PostgreSQL "
            "and your identity provider (variables below). Start it, sign in, then prove it with test_model."
        ),
        config=[*files(plan), *client.files(client_side(plan))],
        verification=checks(plan),
        context=notes(plan),
        findings=findings,
    )
