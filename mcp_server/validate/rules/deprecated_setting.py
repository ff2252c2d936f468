"""A setting is deprecated or has moved.

What: router_settings.redis_db, usage-based-routing, and other names that newer settings replace.
Why: LiteLLM still reads or merely tolerates them and logs a warning; a later release drops them.
Fix: use the named successor.

Bad:
    router_settings:
      redis_db: 1

Good:
    router_settings:
      cache_kwargs: {db: 1}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import scalar, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "deprecated-setting"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

LOGGED = "LiteLLM logs a warning today, and a later release drops it"
#: (section, key) to what replaces it, what becomes of it, and how grave that is.
MOVED: dict[tuple[str, str], tuple[str, str, Severity]] = {
    ("router_settings", "redis_db"): ("cache_kwargs: {db: N}", LOGGED, "warning"),
    ("litellm_settings", "set_verbose"): (
        "the variable LITELLM_LOG=DEBUG where LiteLLM is started",
        LOGGED,
        "info",
    ),
    ("litellm_settings", "guardrails"): (
        "the section guardrails at the top level",
        "this old form knows few guardrails, and most of them need a licence",
        "info",
    ),
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for (section, key), (successor, why, severity) in MOVED.items():
        entry = config.section(section).entry(key)
        if entry is not None and scalar(entry.value) not in (False, "false"):
            yield Problem(
                f"{key} is deprecated",
                why,
                f"use {successor}",
                entry.key.mark,
                f"{section}.{key}",
                severity=severity,
            )
    strategy = config.setting("router_settings", "routing_strategy")
    if text(strategy) == "usage-based-routing" and strategy is not None:
        yield Problem(
            "usage-based-routing is the old form",
            "usage-based-routing-v2 replaces it",
            "write routing_strategy: usage-based-routing-v2",
            strategy.mark,
            "router_settings.routing_strategy",
            severity="info",
            change=set_text(document, strategy, "usage-based-routing-v2"),
        )
