"""What a gateway owes Claude Code: the demands of ``protocol.yaml``, each with its level and source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from mcp_server.catalogue.load import read_yaml

Requirement = Literal["must", "should", "optional"]
REQUIREMENTS: tuple[Requirement, ...] = ("must", "should", "optional")


@dataclass(frozen=True)
class Demand:
    """One demand; ``id`` is also the id of the check that asks for it."""

    id: str
    level: Requirement
    demand: str
    source: str


@cache
def demands() -> dict[str, Demand]:
    """All demands by id, in file order."""
    return {entry["id"]: Demand(**entry) for entry in read_yaml("protocol.yaml")["demands"]}


def requirement(check: str) -> Demand:
    """The demand behind a check."""
    return demands()[check]
