"""Exact one-line edits for the Config section (and later for ``--fix``)."""

from __future__ import annotations

from mcp_server.redact import redact
from mcp_server.validate.document import Document
from mcp_server.validate.nodes import Node, Scalar
from mcp_server.validate.problem import Replacement


def replace_node(document: Document, node: Node | None, new: str, *, safe: bool = False) -> Replacement | None:
    """The line of a one-line scalar with ``new`` in its place; ``None`` when that is not one exact edit.

    Lines that hold a secret are never repeated, so they get no edit.
    """
    if not isinstance(node, Scalar) or node.end.line != node.mark.line:
        return None
    line = document.line(node.mark.line)
    edited = line[: node.mark.column - 1] + new + line[node.end.column - 1 :]
    if redact(line) != line or redact(edited) != edited:
        return None
    return Replacement(node.mark.line, edited, safe)
