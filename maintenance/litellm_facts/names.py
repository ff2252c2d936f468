"""Lists of names: providers, models, strategies, callbacks, guardrails and what else a value can be."""

from __future__ import annotations

import ast
from typing import Any, get_args

from litellm_facts.source import Source, compared, named


def providers(litellm: Any) -> list[str]:
    registry = named("litellm.llms.openai_like.json_loader:JSONProviderRegistry")
    names = {str(getattr(p, "value", p)) for p in litellm.provider_list}
    return sorted(names | set(registry.list_providers() if registry else ()))


def bare_models(litellm: Any) -> dict[str, list[str]]:
    """Model names without a provider prefix that this release resolves, by the provider it infers."""
    known = set(providers(litellm))
    lists = [v for k, v in vars(litellm).items() if k.endswith("_models") and isinstance(v, (set, list, tuple))]
    everything = {*litellm.model_cost, *litellm.model_list, *(m for names in lists for m in names)}
    candidates = {m for m in everything if isinstance(m, str) and m.split("/")[0] not in known}
    litellm.suppress_debug_info = True
    found: dict[str, list[str]] = {}
    for model in sorted(candidates):
        try:
            provider = litellm.get_llm_provider(model=model)[1]
        except litellm.exceptions.BadRequestError:
            continue
        found.setdefault(str(provider), []).append(model)
    return found


def pre_call_checks() -> list[str]:
    (literal,) = get_args(named("litellm.types.router:OptionalPreCallChecks"))
    return sorted(str(name) for name in get_args(literal))


def retirement_dates(litellm: Any) -> dict[str, str]:
    """Deprecation dates of the price map for chat models of the providers Claude Code is routed to."""
    return {
        model: str(entry["deprecation_date"])
        for model, entry in sorted(litellm.model_cost.items())
        if isinstance(entry, dict)
        and entry.get("deprecation_date")
        and entry.get("mode") == "chat"
        and str(entry.get("litellm_provider", "")).startswith(("anthropic", "vertex", "gemini", "openai", "bedrock"))
    }


def generalizations() -> list[dict[str, str]]:
    """Last-resort rules of the price map: ``pattern`` (searched, any case) to ``provider``."""
    registry = named("litellm.litellm_core_utils.fallback_generalizations:_registry")
    rules = registry.routing_rules if registry else ()
    return [{"pattern": rule.pattern.pattern, "provider": rule.provider} for rule in rules]


def routing_strategies() -> list[str]:
    listed = named("litellm.router_utils.routing_groups:VALID_ROUTING_STRATEGIES")
    enumerated = named("litellm.types.router:RoutingStrategy")
    return list(listed) if listed else ["simple-shuffle", *(str(m.value) for m in enumerated)]


def callbacks(litellm: Any, source: Source) -> list[str]:
    known = {str(getattr(c, "value", c)) for c in litellm._known_custom_logger_compatible_callbacks}
    init = source.function("proxy/common_utils/callback_utils.py", "initialize_callbacks_on_proxy")
    for node in ast.walk(init):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and "callback" in node.left.id:
            known |= set(compared([node], node.left.id))
    logging = source.nodes(source.root / "litellm_core_utils" / "litellm_logging.py")
    legacy = set(compared(logging, "callback"))
    return [*sorted(known), *sorted(f"legacy:{name}" for name in legacy - known)]


def members(path: str) -> list[str]:
    """The values of an enumeration."""
    return sorted(str(member.value) for member in named(path) or ())


def typed_fields(model: str) -> dict[str, str]:
    """Keys whose Pydantic type is checked when a deployment is built: another type there drops it."""
    plain = {"int", "float", "bool", "str", "dict", "list"}
    result = {}
    for name, field in named(f"litellm.types.router:{model}").model_fields.items():
        kinds = {str(getattr(kind, "__name__", kind)) for kind in get_args(field.annotation) or (field.annotation,)}
        kinds.discard("NoneType")
        if len(kinds) == 1 and (kind := kinds.pop().partition("[")[0]) in plain:
            result[name] = kind
    return result
