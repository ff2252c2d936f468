"""The options of a policy are not those that it takes.

What: an unknown, missing or wrongly typed option of a built-in policy.
Why: zuplo lint warns about some, the gateway starts all the same, and the policy does not do what the file says.
Fix: use the option named in the finding.

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "request-size-limit-inbound",
          "handler": {
            "export": "RequestSizeLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"maxSize": 40000000}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "request-size-limit-inbound",
          "handler": {
            "export": "RequestSizeLimitInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"maxSizeInBytes": 40000000}
          }
        }
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.structure import rename_key
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import known_policies, zuplo
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.strict import Defect, Strict, Unknown

ID = "zuplo-policy-options"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
WHY = "the policy does not do what the file says; zuplo lint 7.4.5 only warns, if at all"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for policy in zuplo(document).policies:
        known = known_policies().get(policy.type or "")
        if known is None or not known["options"]:
            continue
        options, path = policy.handler.get("options"), f"{policy.path}.handler.options"
        if options is None:
            if known["options_required"]:
                wanted = ", ".join(known["options"].get("required", ()))
                fix = f"add handler.options with {wanted}"
                yield Problem(f"a {policy.type} policy needs options", WHY, fix, policy.node.mark, path)
            continue
        for defect in Strict(known["options"], _value).check(options, path):
            yield _problem(document, policy.type or "", defect)


def _value(scalar: Scalar) -> object:
    """A value from the environment is whatever stands there."""
    return Unknown(scalar.text) if scalar.text.startswith("$env(") else scalar.value


def _problem(document: Document, kind: str, defect: Defect) -> Problem:
    if defect.sort == "missing-key":
        what, fix = f"a {kind} policy needs {defect.name}", f"add {defect.name} ({defect.wanted})"
        return Problem(what, WHY, fix, defect.node.mark, f"{defect.path}.{defect.name}")
    if defect.sort == "unknown-key":
        assert defect.entry is not None
        close = close_name(defect.name, defect.valid)
        return Problem(
            f"a {kind} policy has no option {defect.name}",
            WHY,
            f"write {close}" if close else f"delete it; it has {', '.join(sorted(defect.valid))}",
            defect.mark,
            defect.path,
            change=rename_key(document, defect.entry, close, safe=evident(defect.name, close)) if close else None,
        )
    return Problem(
        f"{defect.path} must be {defect.wanted}", WHY, f"write {defect.wanted}", defect.node.mark, defect.path
    )
