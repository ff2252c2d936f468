"""Limits are counted by each process for itself.

What: routing by usage, provider budgets or rate limits that must hold, without a Redis.
Why: without Redis every worker and every instance of LiteLLM keeps its own count: with four of them four times the
    limit passes. One process counts right.
Fix: add redis_host, redis_port and redis_password to router_settings, or run one process.

Bad:
    router_settings:
      routing_strategy: usage-based-routing-v2

Good:
    router_settings:
      routing_strategy: usage-based-routing-v2
      redis_host: os.environ/REDIS_HOST
      redis_port: os.environ/REDIS_PORT
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "limits-need-redis"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "info"

STRATEGIES = ("usage-based-routing", "usage-based-routing-v2", "provider-budget-routing")
CHECKS = ("enforce_model_rate_limits", "router_budget_limiting")
VARIABLES = ("REDIS_HOST", "REDIS_URL", "REDIS_CLUSTER_NODES", "REDIS_SENTINEL_NODES")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    router = config.effective("router_settings")
    cache = config.effective("litellm_settings").get("cache_params")
    shared = isinstance(cache, Mapping) and (text(cache.get("type")) or "redis").startswith("redis")
    if shared or any(e.name.startswith("redis") for e in router) or any(context.is_set(v) for v in VARIABLES):
        return
    own = config.section("router_settings")
    strategy, checks = own.get("routing_strategy"), own.get("optional_pre_call_checks")
    found = [strategy] if strategy is not None and text(strategy) in STRATEGIES else []
    found += [i for i in checks.items if text(i) in CHECKS] if isinstance(checks, Sequence) else []
    budgets = own.entry("provider_budget_config")
    if budgets is not None and isinstance(budgets.value, Mapping) and len(budgets.value):
        found.append(budgets.key)
    for node in found[:1]:
        yield Problem(
            f"{text(node)} counts in each process, and no Redis is configured",
            "with several workers or instances each has its own count, and the limits are multiplied",
            "add redis_host and redis_port to router_settings, or run one process",
            node.mark,
            "router_settings",
        )
