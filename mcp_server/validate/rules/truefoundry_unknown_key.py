"""A key that this TrueFoundry manifest does not have.

What: a misspelt key, or a key of another kind of manifest.
Why: the SDK behind tfy takes unknown keys without a word, so what you set does not exist.
Fix: use the nearest key of this type.

Bad:
    type: gateway-load-balancing-config
    name: routing
    rules:
      - id: opus
        type: priority-based-routing
        when: {models: [claude/opus]}
        load_balance_target:
          - {target: anthropic-main/claude-opus-5-5, priority: 0}
        load_balance_targets: []

Good:
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
from mcp_server.document.nodes import join
from mcp_server.document.structure import rename_key
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import data, truefoundry
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "truefoundry-unknown-key"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    why = f"the vendor's SDK {data()['truefoundry_sdk']} takes unknown keys without a word, so it has no effect"
    for manifest, defect in truefoundry(document).defects:
        if defect.sort != "unknown-key" or defect.path == join(manifest.path, "name"):
            continue  # the vendor's own examples name every manifest
        assert defect.entry is not None
        close = close_name(defect.name, defect.valid)
        section = defect.path[: -len(defect.name)].rstrip(".") or f"a manifest of the type {manifest.type}"
        yield Problem(
            f"{section} has no key {defect.name}",
            why,
            f"write {close}" if close else f"delete it; it has {', '.join(sorted(defect.valid)[:24])}",
            defect.mark,
            defect.path,
            change=rename_key(document, defect.entry, close, safe=evident(defect.name, close)) if close else None,
        )
