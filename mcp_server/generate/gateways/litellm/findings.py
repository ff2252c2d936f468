"""What a reader must know before using the generated files: life cycle, tool use, location, exposure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mcp_server.answer import Finding, Where, sort_findings
from mcp_server.catalogue.models import Model, State, living_successors
from mcp_server.generate.gateway_url import url_findings
from mcp_server.generate.gateways.litellm.version import CONFIG_FILE
from mcp_server.generate.providers.registry import PROVIDERS
from mcp_server.redact import redact

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan

_STATE_PROBLEM: dict[State, str] = {
    "closed-to-new-projects": "{title} is closed to new projects{since}{until}.",
    "retired": "{title} is retired on Vertex AI{since}: calls are refused.",
    "withdrawn": "{title} is no longer among Google's managed models: calls are refused.",
}
_STATE_WHY: dict[State, str] = {
    "closed-to-new-projects": "Only projects that used it in the last 90 days are still served; others get 404.",
    "retired": "LiteLLM starts with it and says nothing; the first prompt then ends in 404.",
    "withdrawn": "LiteLLM starts with it and says nothing; the first prompt then ends in 404.",
}

_STATE_ELSE: dict[State, str] = {
    "closed-to-new-projects": "or keep it while your project is still served",
    "retired": "or keep it only where you host it yourself",
    "withdrawn": "or keep it only where you host it yourself",
}


def findings(plan: Plan) -> list[Finding]:
    """All findings about the generated files, errors first."""
    found = _main_model_is_dead(plan)
    found += [f for m in plan.models for f in (_life_cycle(m, plan.today), _no_tools(m)) if f]
    found += [f for name in plan.providers for f in PROVIDERS[name].findings(plan)]
    found += url_findings(plan.base_url, plan.removed_path) + _secret_in_goal(plan)
    return sort_findings(found)


def _life_cycle(model: Model, today: date) -> Finding | None:
    state = model.state_on(today)
    if state == "living":
        return None
    since = f" since {model.retired_on}" if model.retired_on else ""
    until = f"; existing ones lose it on {model.shutdown_on}" if model.shutdown_on else ""
    instead = [m.id for m in living_successors(model, today)]
    offered = f"Use {' or '.join(instead)} instead" if instead else "Choose another model"
    return Finding(
        id="model_retired",
        severity="warning",
        confidence="high",
        where=Where(file=CONFIG_FILE, key=f"model_list.{model.id}"),
        problem=_STATE_PROBLEM[state].format(title=model.title, since=since, until=until),
        why=_STATE_WHY[state],
        fix=f"{offered}, {_STATE_ELSE[state]}.",
    )


def _no_tools(model: Model) -> Finding | None:
    if model.tool_use:
        return None
    reason = model.corrections.get("tool_use", "the catalogue lists no tool use for it")
    return Finding(
        id="model_lacks_tool_use",
        severity="warning",
        confidence="medium",
        where=Where(file=CONFIG_FILE, key=f"model_list.{model.id}"),
        problem=f"{model.title} has no tool use ({reason}).",
        why="Claude Code reads, edits and runs through tools; with this model it can only chat.",
        fix="Pick it in /model for questions only. It is neither main model nor a tier here.",
    )


def _main_model_is_dead(plan: Plan) -> list[Finding]:
    state = plan.main.state_on(plan.today)
    if state not in ("retired", "withdrawn"):
        return []
    # Successors of any requested model: the main one alone may have none.
    instead = list(dict.fromkeys(s.id for m in plan.models for s in living_successors(m, plan.today)))
    return [
        Finding(
            id="model_retired",
            severity="error",
            confidence="high",
            where=Where(file=CONFIG_FILE, key="model_list"),
            problem=f"every requested model with tool use is {state}; main model and tiers would all answer 404.",
            why="Claude Code cannot work with this set unless your project hosts these models itself.",
            fix=f"Add a living model: {', '.join(instead)}.",
        )
    ]


def _secret_in_goal(plan: Plan) -> list[Finding]:
    if redact(plan.request.goal) == plan.request.goal:
        return []
    return [
        Finding(
            id="secret_exposed",
            severity="warning",
            confidence="medium",
            where=Where(key="goal"),
            problem="the goal contains what looks like a credential; it was not used and is not repeated.",
            why="It stands in the conversation and its logs.",
            fix="Revoke it and make a new one. Name the environment variable that holds it (token_env) instead.",
        )
    ]
