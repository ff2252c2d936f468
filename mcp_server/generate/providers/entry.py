"""The catalogue's entry of a provider."""

from __future__ import annotations

from functools import cache
from typing import Any

from mcp_server.catalogue.load import read_yaml


@cache
def entry(provider: str) -> dict[str, Any]:
    """What ``providers.yaml`` says of ``provider``. Callers must not change it."""
    found: dict[str, Any] = next(p for p in read_yaml("providers.yaml")["providers"] if p["id"] == provider)
    return found
