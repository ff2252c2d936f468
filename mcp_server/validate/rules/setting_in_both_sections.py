"""The same routing setting stands in two sections.

What: fallbacks, context_window_fallbacks, content_policy_fallbacks, default_fallbacks or num_retries in
    litellm_settings and in router_settings.
Why: the value of router_settings wins and the other is silently without effect.
Fix: keep it in router_settings only.

Bad:
    litellm_settings:
      num_retries: 5
    router_settings:
      num_retries: 2

Good:
    router_settings:
      num_retries: 2
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.structure import delete_entry
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "setting-in-both-sections"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

KEYS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks", "num_retries")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for key in KEYS:
        loser, winner = (config.section(s).entry(key) for s in ("litellm_settings", "router_settings"))
        if loser is not None and winner is not None:
            yield Problem(
                f"{key} stands in router_settings too (line {winner.key.mark.line})",
                "the router's value wins, and this one has no effect",
                f"delete {key} here",
                loser.key.mark,
                f"litellm_settings.{key}",
                change=delete_entry(document, config.section("litellm_settings"), loser),
            )
