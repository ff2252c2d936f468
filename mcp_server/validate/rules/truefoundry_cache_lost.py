"""Routing by weight or latency spreads one conversation over several caches.

What: weight-based or latency-based routing with two or more targets and without sticky_routing.
Why: each account caches prompts for itself. A conversation of Claude Code that moves between accounts pays for its
    whole prompt at each move and answers more slowly.
Fix: use priority-based-routing, or add sticky_routing by session (header x-claude-code-session-id).

Bad:
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: weight-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-main/claude-opus-5-5, weight: 50}
          - {target: bedrock-main/claude-opus-5-5, weight: 50}

Good:
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: priority-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-main/claude-opus-5-5, priority: 0}
          - {target: bedrock-main/claude-opus-5-5, priority: 1}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import is_empty
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import integer, truefoundry
from mcp_server.validate.problem import Problem

ID = "truefoundry-cache-lost"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "info"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for balancing in truefoundry(document).balancings:
        if balancing.kind not in ("weight-based-routing", "latency-based-routing"):
            continue
        live = [t for t in balancing.targets if t.model and integer(t.node.get("weight")) != 0]
        if len({t.model for t in live}) > 1 and is_empty(balancing.node.get("sticky_routing")):
            entry = balancing.node.effective["load_balance_targets"]
            yield Problem(
                f"{balancing.kind} spreads one conversation over {len(live)} targets",
                "each target caches prompts for itself, so Claude Code pays for its whole prompt at each change",
                "use priority-based-routing, or sticky_routing by the header x-claude-code-session-id",
                entry.key.mark,
                f"{balancing.path}.load_balance_targets",
                confidence="medium",
            )
