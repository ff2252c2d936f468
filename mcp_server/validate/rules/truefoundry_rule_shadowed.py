"""A rule is never used: an earlier one covers it, or has its id.

What: a rule after one whose when is empty in a load-balancing, rate-limiting or budget configuration, or two rules
    with one id.
Why: the first rule that matches counts, so later ones limit or route nothing.
Fix: move the rule for everybody to the end; give each rule its own id.

Bad:
    type: gateway-rate-limiting-config
    name: limits
    rules:
      - {id: everybody, when: {}, limit_to: 1000, unit: requests_per_minute}
      - {id: interns, when: {subjects: ["team:interns"]}, limit_to: 60, unit: requests_per_minute}

Good:
    type: gateway-rate-limiting-config
    name: limits
    rules:
      - {id: interns, when: {subjects: ["team:interns"]}, limit_to: 60, unit: requests_per_minute}
      - {id: everybody, when: {}, limit_to: 1000, unit: requests_per_minute}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, is_empty, join, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.truefoundry import truefoundry
from mcp_server.validate.problem import Problem

ID = "truefoundry-rule-shadowed"
KINDS: tuple[Kind, ...] = ("truefoundry",)
SEVERITY: Severity = "warning"
FIRST_MATCH = ("gateway-rate-limiting-config", "gateway-load-balancing-config")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for manifest in truefoundry(document).manifests:
        rules = manifest.node.get("rules")
        everybody: int | None = None
        ids: dict[str, int] = {}
        for index, rule in enumerate(rules.items if isinstance(rules, Sequence) else []):
            if not isinstance(rule, Mapping):
                continue
            path = join(manifest.path, f"rules[{index}]")
            name, node = text(rule.get("id")), rule.get("id")
            if name is not None and node is not None and name in ids:
                what = f"a rule with the id {name} stands here a second time; the first is on line {ids[name]}"
                yield Problem(
                    what, "logs and the control plane know rules by id", "give it an id of its own", node.mark, path
                )
            if name is not None:
                ids.setdefault(name, rule.mark.line)
            if manifest.type not in FIRST_MATCH:
                continue
            if everybody is not None:
                why = "the first rule that matches counts, so this one is never used"
                fix = "move the rule for everybody to the end"
                what = f"the rule on line {everybody} matches everything before this one"
                yield Problem(what, why, fix, rule.mark, path, confidence="medium")
            elif _matches_everything(rule.get("when")):
                everybody = rule.mark.line


def _matches_everything(when: object) -> bool:
    """An empty when; a missing one is refused: truefoundry-missing-key."""
    return isinstance(when, Mapping) and all(
        is_empty(entry.value) or (isinstance(entry.value, (Sequence, Mapping)) and not _filled(entry.value))
        for entry in when
    )


def _filled(node: Sequence | Mapping) -> bool:
    return bool(node.items) if isinstance(node, Sequence) else len(node) > 0
