"""Claude Code's side of a LiteLLM gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.catalogue.claude_code import tier_variables
from mcp_server.generate.client import ClientSide

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan


def client_side(plan: Plan) -> ClientSide:
    """The client pointed at the gateway and fitted to its models."""
    return ClientSide(
        request=plan.request,
        base_url=plan.base_url,
        variables=_variables(plan),
        auth=plan.request.auth,
        key_variable=plan.key_variable,
    )


def _variables(plan: Plan) -> dict[str, str]:
    env = {"ANTHROPIC_BASE_URL": plan.base_url, "ANTHROPIC_MODEL": plan.main.id}
    env |= {variable: plan.tiers[tier].id for tier, variable in tier_variables().items()}
    if not plan.only_claude:
        env["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] = str(plan.context_window)
        env["ENABLE_TOOL_SEARCH"] = "false"
        env["CLAUDE_CODE_AUTO_MODE_SERVER"] = "0"
        env["CLAUDE_CODE_AUTO_MODE_MODEL"] = plan.tiers["sonnet"].id
    env["CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"] = "1"
    return env
