"""A value of the wrong type, or one that TrueFoundry does not know.

What: text where a number or list belongs, a misspelt type, unit, model type or region.
Why: the control plane refuses the manifest.
Fix: write one of the values named in the finding.

Bad:
    type: gateway-rate-limiting-config
    name: limits
    rules:
      - id: everybody
        when: {}
        limit_to: 100
        unit: request_per_minute

Good:
    type: gateway-rate-limiting-config
    name: limits
    rules:
      - id: everybody
        when: {}
        limit_to: 100
        unit: requests_per_minute
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import data, truefoundry
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.strict import Defect, as_number

ID = "truefoundry-value"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "error"
#: Manifests that only look like one of the gateway's.
PREFIXES = ("gateway-", "provider-account/")


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = truefoundry(document)
    sdk = f"the vendor's SDK {data()['truefoundry_sdk']}"
    why = f"{sdk} knows no such value there; the control plane refuses the manifest"
    known = data()["manifests"]
    for manifest in view.manifests:
        node = manifest.node.get("type")
        if node is None or not (manifest.type or "").startswith(PREFIXES) or manifest.type in known:
            continue
        if manifest.type not in data()["other_types"]:
            close = close_name(manifest.type or "", known)
            fix = f"write {close}" if close else "see the types in TrueFoundry's manifest reference"
            yield Problem(f"there is no manifest of the type {manifest.type}", why, fix, node.mark, "type")
    for _, defect in view.defects:
        if defect.sort not in ("type", "value") or _is_read(defect):
            continue
        node = defect.node
        written = node.text if isinstance(node, Scalar) else ""
        close = close_name(written, defect.valid) if written and defect.valid else None
        yield Problem(
            f"{defect.path} must be {defect.wanted}",
            why,
            f"write {close if close and evident(written, close) else defect.wanted}",
            defect.mark,
            defect.path,
            change=set_text(document, node, close, safe=evident(written, close)) if close else None,
        )


def _is_read(defect: Defect) -> bool:
    """Text that the SDK's models turn into the number or truth value it spells."""
    kind = (defect.schema or {}).get("type")
    if defect.sort != "type" or not isinstance(defect.node, Scalar):
        return False
    written = defect.node.text.lower()
    if kind == "boolean":
        return written in ("true", "false", "yes", "no", "on", "off", "1", "0", "t", "f", "y", "n")
    return kind == "number" and isinstance(as_number(written), (int, float))
