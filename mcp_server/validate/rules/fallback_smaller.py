"""A fallback cannot do what the model before it can.

What: a fallback to a model with a smaller context window or without tool calls; a context_window_fallback whose
    target has no larger window than its source.
Why: a fallback gets the same conversation with the same tools. Past the smaller window it is refused as well, and
    without tools Claude Code cannot act.
Fix: fall back to a model of the same size, and give long conversations a context_window_fallback.

Bad:
    model_list:
      - model_name: big
        litellm_params: {model: vertex_ai/gemini-3.5-flash}
      - model_name: small
        litellm_params: {model: vertex_ai/openai/gpt-oss-120b-maas}
    router_settings:
      fallbacks: [{big: [small]}]

Good:
    model_list:
      - model_name: big
        litellm_params: {model: vertex_ai/gemini-3.5-flash}
      - model_name: other
        litellm_params: {model: vertex_ai/gemini-3.8-flash}
    router_settings:
      fallbacks: [{big: [other]}]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.abilities import abilities

ID = "fallback-smaller"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for path, source, _, targets in config.pairs:
        before = abilities(config, source)
        for node in targets:
            target = text(node)
            after = abilities(config, target) if target and target != source else None
            if after is None:
                continue
            if not after.tools and (before is None or before.tools):
                yield Problem(
                    f"the fallback {target} takes no tool calls",
                    "Claude Code sends its tools with every request and cannot act without them",
                    "fall back to a model with tool calls",
                    node.mark,
                    path,
                )
            if before is None or before.window is None or after.window is None:
                continue
            longer = ".context_window_fallbacks" in path
            if after.window < before.window or (longer and after.window == before.window):
                yield Problem(
                    f"the fallback {target} has a window of {after.window:,} tokens, {source} has {before.window:,}",
                    "it is used when a conversation is too long, and is refused for the same reason"
                    if longer
                    else "a conversation that is longer than its window is refused by the fallback as well",
                    "name a model with a larger window" if longer else "name a model with a window as large",
                    node.mark,
                    path,
                    severity=None if longer else "info",
                )
