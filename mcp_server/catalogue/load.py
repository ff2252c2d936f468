"""Reads the catalogue's data files, once each. Facts live in YAML and JSON beside this file, never in code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_yaml(name: str) -> Any:
    """The parsed content of ``catalogue/<name>``; callers must not change it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, C or Python


@cache
def read_json(name: str) -> Any:
    """The parsed content of ``catalogue/<name>``; callers must not change it."""
    return json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Cause:
    """One entry of the vocabulary of finding ids."""

    id: str
    layer: str
    definition: str


@cache
def causes() -> dict[str, Cause]:
    """All causes by id, in file order."""
    return {c["id"]: Cause(c["id"], c["layer"], c["definition"]) for c in read_yaml("causes.yaml")["causes"]}


@cache
def layers() -> tuple[str, ...]:
    """Layer names in the order in which a request meets them."""
    return tuple(read_yaml("causes.yaml")["layers"])
