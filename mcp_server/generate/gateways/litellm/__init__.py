"""LiteLLM in front of the chosen providers: its file, its start, and Claude Code's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, sort_findings, verdict_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.gateways.litellm.plan import Plan

ID = "litellm"
SPELLINGS = ("litellm", "lite llm", "lite-llm")


def answer(asked: Asked) -> Answer:
    """Gateway file, start command, client settings and the checks that prove them.

    Raises:
        UsageError: unknown or unsupported names, contradictions, no model that can drive an agent.
    """
    from mcp_server.generate import client
    from mcp_server.generate.gateways.litellm.checks import checks
    from mcp_server.generate.gateways.litellm.client import client_side
    from mcp_server.generate.gateways.litellm.config import files
    from mcp_server.generate.gateways.litellm.findings import findings
    from mcp_server.generate.gateways.litellm.notes import notes
    from mcp_server.generate.gateways.litellm.plan import make_plan

    plan = make_plan(asked)
    side = client_side(plan)
    found = sort_findings([*findings(plan), *client.findings(side)])
    return Answer(
        verdict=verdict_of(found, proven=False),
        quick_answer=_quick_answer(plan),
        config=[*files(plan), *client.files(side)],
        verification=checks(plan),
        context=notes(plan),
        findings=found,
    )


def _quick_answer(plan: Plan) -> str:
    dead = [m.id for m in plan.models if m.state_on(plan.today) in ("retired", "withdrawn")]
    they = "It no longer answers" if len(plan.models) == 1 else f"{len(dead)} of them no longer answer"
    warning = f" {they} on Vertex AI ({', '.join(dead)})." if dead else ""
    models = "1 model" if len(plan.models) == 1 else f"{len(plan.models)} models"
    return (
        f"Written, not yet proven: LiteLLM with {models} of {plan.places} for Claude Code, "
        f"main model {plan.main.id}.{warning} Start it, then prove it: test_model at level claude-code "
        "(command under Verification)."
    )
