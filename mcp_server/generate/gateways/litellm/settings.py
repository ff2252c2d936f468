"""``litellm_settings`` and ``general_settings``: what the models need, keys and budgets, metrics, logs, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.generate.spec import MASTER_KEY_VARIABLE

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan

#: What is worth a message; LiteLLM's own list has more (a line for each slow answer, for one).
_ALERT_TYPES = ("budget_alerts", "db_exceptions", "cooldown_deployment", "llm_exceptions", "outage_alerts")


def litellm_settings(plan: Plan) -> dict[str, Any]:
    """What the models served need, then logging, metrics and the counters that instances share."""
    settings: dict[str, Any] = {"drop_params": True, "modify_params": True}
    for model in plan.models:
        settings.update(model.requires)
    extras = plan.extras
    callbacks = [name for name, on in (("prometheus", extras.prometheus), ("otel", extras.otel)) if on]
    if callbacks:
        settings["callbacks"] = callbacks
    if callbacks or extras.keys:
        settings["turn_off_message_logging"] = True
    if extras.prometheus:
        # LiteLLM asks scrapers for a key by default; the network policy or the loopback address guards the page.
        settings["require_auth_for_metrics_endpoint"] = False
    if extras.json_logs:
        settings["json_logs"] = True
    if extras.shared_state:
        # An empty list: counters of keys and budgets go to Redis, answers are never cached.
        settings |= {
            "cache": True,
            "cache_params": {
                "type": "redis",
                **{part: f"os.environ/REDIS_{part.upper()}" for part in ("host", "port", "password")},
                "supported_call_types": [],
            },
        }
    return settings


def general_settings(plan: Plan) -> dict[str, Any]:
    """The master key, the database of keys and budgets, and where alerts go."""
    settings: dict[str, Any] = {"master_key": f"os.environ/{MASTER_KEY_VARIABLE}"}
    extras = plan.extras
    if extras.keys:
        settings |= {"database_url": "os.environ/DATABASE_URL", "store_prompts_in_spend_logs": False}
    if extras.alerts:
        settings |= {"alerting": list(extras.alerts), "alert_types": _alert_types(plan)}
    return settings


def _alert_types(plan: Plan) -> list[str]:
    return [*_ALERT_TYPES, *(["spend_reports"] if plan.extras.keys else [])]
