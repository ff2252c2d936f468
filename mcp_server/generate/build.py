"""``generate``: from a request to the Answer that carries the files. Pure: reads the catalogue and nothing else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mcp_server.answer import Answer, verdict_of
from mcp_server.generate import client
from mcp_server.generate.checks import checks
from mcp_server.generate.findings import findings
from mcp_server.generate.goal import read_goal
from mcp_server.generate.notes import notes
from mcp_server.generate.plan import make_plan
from mcp_server.generate.registry import GATEWAYS, WITHOUT_GATEWAY, gateway_id

if TYPE_CHECKING:
    from mcp_server.generate.plan import Plan
    from mcp_server.generate.spec import GenerateRequest, LaboratoryEndpoint


def generate(request: GenerateRequest, today: date, laboratory: LaboratoryEndpoint | None = None) -> Answer:
    """Gateway file, start command, client settings and the checks that prove them.

    ``today`` decides life cycles. The verdict is never ``ok``: nothing has been started.

    Raises:
        UsageError: unknown or unsupported names, contradictions, no model that can drive an agent.
    """
    wish = read_goal(request.goal, today)
    gateway = gateway_id(request.gateway or wish.gateway or "litellm")
    if gateway in WITHOUT_GATEWAY:
        return WITHOUT_GATEWAY[gateway](request)
    plan = make_plan(request, today, laboratory)
    found = findings(plan)
    return Answer(
        verdict=verdict_of(found, proven=False),
        quick_answer=_quick_answer(plan),
        config=[*GATEWAYS[plan.gateway](plan), *client.files(plan)],
        verification=checks(plan),
        context=notes(plan),
        findings=found,
    )


def _quick_answer(plan: Plan) -> str:
    dead = [m.id for m in plan.models if m.state_on(plan.today) in ("retired", "withdrawn")]
    warning = f" {len(dead)} of them no longer answer on Vertex AI ({', '.join(dead)})." if dead else ""
    return (
        f"Written, not yet proven: LiteLLM with {len(plan.models)} Vertex AI models for Claude Code, "
        f"main model {plan.main.id}.{warning} Start it, then prove it: test_model at level claude-code "
        "(command under Verification)."
    )
