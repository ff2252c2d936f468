"""What the pinned LiteLLM was seen to do with values of each kind (``catalogue/litellm_reactions.json``)."""

from __future__ import annotations

from typing import Literal

from mcp_server.catalogue.load import read_json
from mcp_server.validate.litellm_schema import schema
from mcp_server.validate.nodes import Mapping, Node, Scalar, Sequence
from mcp_server.validate.value_types import NUMBER, type_of

Reaction = Literal["refuses", "drops", "fails", "breaks-streaming"]
#: Kinds of values of which the content decides: one that was refused says nothing of another.
_BY_CONTENT = {"word", "list", "list-of-mappings", "mapping"}


def reaction(section: str, key: str, node: Node) -> Reaction | None:
    """What goes wrong, ``None`` when nothing did or a value of the right type may do better than the one tried."""
    found = read_json("litellm_reactions.json")["sections"].get(section, {}).get(key)
    if not found:
        return None
    kind = _kind(node)
    if kind is None or (kind in _BY_CONTENT and _may_fit(section, key, node)):
        return None
    return next((name for name, kinds in found.items() if kind in kinds), None)


def _may_fit(section: str, key: str, node: Node) -> bool:
    known = schema().key(section, key)
    return known is None or not known.types or type_of(node) in known.types


def _kind(node: Node) -> str | None:
    """The kind of value, as ``maintenance/litellm_reactions.py`` names them."""
    if isinstance(node, Sequence):
        if not node.items:
            return "no-list"
        return "list-of-mappings" if isinstance(node.items[0], Mapping) else "list"
    if isinstance(node, Mapping):
        return "mapping" if len(node) else "no-mapping"
    value = node.value if isinstance(node, Scalar) else None
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return "integer" if value else "zero"
    if not isinstance(value, str) or value.startswith("os.environ/") or "${" in value:
        return None
    if not value:
        return "empty"
    return "digits" if NUMBER.fullmatch(value.strip()) else "word"
