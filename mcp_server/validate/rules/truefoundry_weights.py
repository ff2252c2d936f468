"""The weights of a weight-based rule do not add up to 100.

What: load_balance_targets of a weight-based rule whose weights sum to something else, or that has negative weights.
Why: TrueFoundry reads weights as percentages; it refuses other sums, or shares requests otherwise than written.
Fix: let the weights add up to 100.

Bad:
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: weight-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-a/claude-opus-5-5, weight: 70}
          - {target: anthropic-b/claude-opus-5-5, weight: 40}

Good:
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: weight-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-a/claude-opus-5-5, weight: 70}
          - {target: anthropic-b/claude-opus-5-5, weight: 30}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import integer, truefoundry
from mcp_server.validate.problem import Problem

ID = "truefoundry-weights"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for balancing in truefoundry(document).balancings:
        weights = [integer(target.node.get("weight")) for target in balancing.targets]
        known = [weight for weight in weights if weight is not None]
        if balancing.kind != "weight-based-routing" or not known or len(known) != len(weights):
            continue
        if sum(known) != 100 or min(known) < 0:
            entry = balancing.node.effective["load_balance_targets"]
            yield Problem(
                f"the weights add up to {sum(known)}" if min(known) >= 0 else "a weight is negative",
                "weights are percentages; TrueFoundry refuses another sum, or shares requests otherwise than written",
                "let the weights add up to 100",
                entry.key.mark,
                f"{balancing.path}.load_balance_targets",
                confidence="medium",
            )
