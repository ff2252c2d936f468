"""A tree with places as plain data, as the program that reads the file sees it (pure)."""

from __future__ import annotations

from typing import Any

from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence


def plain(node: Node | None) -> Any:
    """Mappings, lists and values; the last of two equal keys wins, merge keys are filled in."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.name: plain(entry.value) for entry in node}
    raise AssertionError(f"an unknown node: {type(node).__name__}")
