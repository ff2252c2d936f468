"""An exact change of a text, as edits at places."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_server.document.nodes import Mark


@dataclass(frozen=True)
class Edit:
    """``text`` in place of what stands from ``start`` up to (not including) ``end``; equal places insert."""

    start: Mark
    end: Mark
    text: str


@dataclass(frozen=True)
class Change:
    """Edits that belong together: all are made or none. ``safe``: the program then does what the file plainly
    meant, and nothing else changes; the others need a person's look."""

    edits: tuple[Edit, ...]
    safe: bool = False
