"""The model list of LiteLLM's file and how it chooses, retries and falls back among its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.generate.providers.registry import PROVIDERS

if TYPE_CHECKING:
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

#: Seconds without requests for a deployment that failed, where another can take over.
_COOLDOWN = 30


def model_list(plan: Plan) -> list[dict[str, Any]]:
    """One entry for each model and place; entries of one name share its requests."""
    return [
        {"model_name": m.id, "litellm_params": params, "model_info": _model_info(m)}
        for m in plan.models
        for params in deployments(plan, m)
    ]


def balanced(plan: Plan) -> bool:
    """Whether some model has more than one deployment."""
    return any(len(_places(plan, m)) > 1 for m in plan.models)


def deployments(plan: Plan, model: Model) -> list[dict[str, Any]]:
    """``litellm_params`` of every deployment of ``model``, with its order or weight."""
    rows = _places(plan, model)
    if len(rows) == 1:
        # Nothing can take over: a cooldown would only hide the first error behind a 429.
        return [{**rows[0][1], "cooldown_time": 0}] if balanced(plan) else [rows[0][1]]
    several = len({provider for provider, _ in rows}) > 1
    found = []
    for provider, params in rows:
        if several and plan.extras.preferred:
            params["order"] = plan.providers_of(model).index(provider) + 1
        if several and provider in plan.extras.shares:
            params["weight"] = plan.extras.shares[provider]
        found.append(params)
    return found


def _places(plan: Plan, model: Model) -> list[tuple[str, dict[str, Any]]]:
    return [(name, params) for name in plan.providers_of(model) for params in PROVIDERS[name].deployments(plan, model)]


def _model_info(model: Model) -> dict[str, Any]:
    """The name in the client's picker, and the limits where LiteLLM's own map is wrong: it cuts max_tokens by them."""
    info: dict[str, Any] = {"display_name": model.title}
    if "context_window" in model.corrections:
        info["max_input_tokens"] = model.context_window
    if "max_output" in model.corrections:
        info |= {"max_output_tokens": model.max_output, "max_tokens": model.max_output}
    return info


def router_settings(plan: Plan) -> dict[str, Any]:
    """Aliases, retries and cooldowns, strategy, fallbacks, and the Redis that instances share."""
    settings: dict[str, Any] = {
        # hidden: the client's own ids are answered but not listed as if Claude were behind them.
        "model_group_alias": {name: {"model": to, "hidden": True} for name, to in plan.aliases.items()},
    }
    if balanced(plan):
        settings |= _standing_in(plan)
    else:
        settings |= {"disable_cooldowns": True, "num_retries": 0}
    if plan.request.routing:
        settings["routing_strategy"] = plan.request.routing
    if plan.extras.shared_state:
        settings |= {f"redis_{part}": f"os.environ/REDIS_{part.upper()}" for part in ("host", "port", "password")}
    for name, chains in (("fallbacks", _fallbacks(plan)), ("context_window_fallbacks", _roomier(plan))):
        # LiteLLM looks a fallback up under the name that was asked for, before the alias is resolved (measured).
        chains |= {alias: chains[to] for alias, to in plan.aliases.items() if to in chains}
        if any(chains.values()):
            settings[name] = [{source: chain} for source, chain in chains.items() if chain]
    return settings


def _standing_in(plan: Plan) -> dict[str, Any]:
    """One more try at once, then the other deployments of the name one by one; strategies that cannot retry twice.

    Measured on LiteLLM 1.106.2: without the last key a retry may meet the same broken deployment again.
    """
    settings: dict[str, Any] = {"num_retries": 1, "retry_after": 0, "cooldown_time": _COOLDOWN}
    if plan.request.routing in ("", "simple-shuffle"):
        return {**settings, "enable_weighted_failover": True}
    return {**settings, "num_retries": 2}


def _fallbacks(plan: Plan) -> dict[str, list[str]]:
    """All fallbacks for an ordinary model; for a fallback only those behind it, or two would call each other."""
    names = [f.id for f in plan.fallbacks]
    return {m.id: names[names.index(m.id) + 1 :] if m.id in names else names for m in plan.models}


def _roomier(plan: Plan) -> dict[str, list[str]]:
    """For each model those with a larger context window and tools, the smallest step first."""
    if not plan.extras.context_fallbacks:
        return {}
    able = sorted((m for m in plan.models if m.tool_use), key=lambda m: m.context_window)
    return {m.id: [o.id for o in able if o.context_window > m.context_window] for m in plan.models}
