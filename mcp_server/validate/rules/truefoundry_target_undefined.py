"""A target names a model that the accounts of this file do not have.

What: a target ACCOUNT/MODEL of a routing rule or virtual model, when the file itself defines ACCOUNT without MODEL,
    or a target without the account before the slash.
Why: requests for it fail with 404, or the control plane refuses the manifest.
Fix: use the name of an integration of the account.

Bad:
    type: provider-account/anthropic
    name: anthropic-main
    integrations:
      - {type: integration/model/anthropic, name: claude-opus-5-5, model_id: claude-opus-5-5, model_types: [chat]}
    ---
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: priority-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-main/claude-opus-5, priority: 0}

Good:
    type: provider-account/anthropic
    name: anthropic-main
    integrations:
      - {type: integration/model/anthropic, name: claude-opus-5-5, model_id: claude-opus-5-5, model_types: [chat]}
    ---
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: priority-based-routing
        when: {models: [claude/opus]}
        load_balance_targets:
          - {target: anthropic-main/claude-opus-5-5, priority: 0}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import truefoundry
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "truefoundry-target-undefined"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = truefoundry(document)
    for balancing in view.balancings:
        for target in balancing.targets:
            node = target.node.get("target")
            if target.model is None or node is None:
                continue
            account, slash, model = target.model.partition("/")
            if not slash:
                yield Problem(
                    f"the target {target.model} names no account",
                    "a target is ACCOUNT/MODEL; requests for this one fail",
                    "write the provider account's name and a slash before it",
                    node.mark,
                    f"{target.path}.target",
                    severity="warning",
                    confidence="medium",
                )
            elif account in view.accounts and model not in view.accounts[account]:
                close = close_name(model, view.accounts[account])
                right = f"{account}/{close}" if close else None
                yield Problem(
                    f"the account {account} of this file has no model {model}",
                    "requests for this target fail, or the control plane refuses the manifest",
                    f"write {right}" if right else f"add an integration with the name {model} to the account",
                    node.mark,
                    f"{target.path}.target",
                    change=set_text(document, node, right, safe=evident(model, close or "")) if right else None,
                )
