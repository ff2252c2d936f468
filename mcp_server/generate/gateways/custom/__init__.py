"""A gateway of one's own: a reverse proxy that this writes (nginx, Envoy), or one that is there and not known to us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, verdict_of

if TYPE_CHECKING:
    from mcp_server.answer import ConfigFile
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.gateways.custom.plan import Plan

ID = "custom"
SPELLINGS = (
    *("custom gateway", "custom-gateway", "own gateway", "nginx", "envoy proxy", "custom reverse proxy"),
    *("own reverse proxy", "custom proxy gateway", "plain envoy", "envoy reverse proxy"),
)


def answer(asked: Asked) -> Answer:
    """The proxy's file where one is asked for, Claude Code's settings, and the checks that prove them.

    Raises:
        UsageError: neither an address nor a proxy to write, several providers, or an argument without use.
    """
    from mcp_server.generate import client
    from mcp_server.generate.gateway_url import url_findings
    from mcp_server.generate.gateways.custom.plan import make_plan
    from mcp_server.generate.gateways.custom.side import checks, client_side, notes

    plan = make_plan(asked)
    side = client_side(plan)
    findings = [*url_findings(plan.url, plan.removed_path), *client.findings(side)]
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=_quick_answer(plan),
        config=[*(_gateway_files(plan) if plan.program else []), *client.files(side)],
        verification=checks(plan),
        context=notes(plan),
        findings=findings,
    )


def _gateway_files(plan: Plan) -> list[ConfigFile]:
    from mcp_server.generate.deployments.registry import DEPLOYMENTS
    from mcp_server.generate.gateways.custom import envoy, nginx
    from mcp_server.generate.gateways.custom.service import config_files, service

    if plan.deployment == "local":
        return {"nginx": nginx.files, "envoy": envoy.files}[plan.program](plan)
    return [*config_files(plan), *DEPLOYMENTS[plan.deployment].files(service(plan))]


def _quick_answer(plan: Plan) -> str:
    if not plan.program:
        return (
            f"Written, not yet proven: Claude Code's settings for your gateway at {plan.url}. It is not "
            "known here, so nothing is assumed: the compatibility check tells whether it keeps the protocol."
        )
    return (
        f"Written, not yet proven: {plan.title} at {plan.url} in front of {plan.upstream.title}, one key per person, "
        "the provider's key kept away from everybody. Start it, then prove it with test_model."
    )
