"""A release told as its difference from another: how the data of several releases are kept in little room."""

from __future__ import annotations

from typing import Any


def patched(base: Any, change: dict[str, Any] | None) -> Any:
    """``base`` with a change made: ``{"is": value}`` replaces it; ``gone`` (names), ``new`` (a list of names, or a
    mapping) and ``inside`` (name to change) alter a list of names or a mapping. ``base`` itself stays as it is."""
    if not change:
        return base
    if "is" in change:
        return change["is"]
    gone = set(change.get("gone", ()))
    if isinstance(base, list):
        return sorted([name for name in base if name not in gone] + change.get("new", []))
    inside: dict[str, Any] = change.get("inside", {})
    kept = {key: patched(value, inside.get(key)) for key, value in base.items() if key not in gone}
    return {**kept, **change.get("new", {})}
