"""A key that this TrueFoundry manifest needs is missing.

What: a required key, such as name, rules, a rule's when or id, a target's weight, a model's model_id or model_types.
Why: the control plane refuses the manifest.
Fix: add the key.

Bad:
    type: provider-account/google-vertex
    name: vertex-main
    region: global
    integrations: []

Good:
    type: provider-account/google-vertex
    name: vertex-main
    project_id: my-project
    region: global
    integrations: []
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import data, truefoundry
from mcp_server.validate.problem import Problem

ID = "truefoundry-missing-key"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    why = (
        f"the model of the vendor's SDK {data()['truefoundry_sdk']} demands it; the control plane refuses the manifest"
    )
    for manifest, defect in truefoundry(document).defects:
        if defect.sort == "missing-key":
            place = defect.path or f"a manifest of the type {manifest.type}"
            fix = f"add {defect.name} ({defect.wanted})"
            yield Problem(f"{place} needs {defect.name}", why, fix, defect.node.mark, join(defect.path, defect.name))
