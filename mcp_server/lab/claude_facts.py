"""What ``data/claude.yaml`` knows of Claude's models, betas and platforms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Platform = Literal["anthropic", "bedrock", "vertex"]


@dataclass(frozen=True)
class ClaudeModel:
    """One model of Anthropic's. Limits are tokens."""

    id: str
    max_output: int
    context: int
    thinking: tuple[str, ...]
    bedrock: str
    vertex: str
    date: str = ""
    """The date in the full id (``20250929``); newer ids have none."""
    always: bool = False
    """Whether it always thinks."""
    effort: bool = False
    system: bool = False
    """Whether it takes the role ``system`` inside messages."""
    sampling: bool = True
    prefill: bool = True
    profile_only: bool = True

    @property
    def full_id(self) -> str:
        """The id of Anthropic's own API."""
        return f"{self.id}-{self.date}" if self.date else self.id


@cache
def facts() -> dict[str, Any]:
    """The whole file."""
    text = files(__package__).joinpath("data/claude.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def claude_models() -> dict[str, ClaudeModel]:
    """Every model, by its id without the date."""
    return {
        name: ClaudeModel(name, **{**entry, "thinking": tuple(entry["thinking"])})
        for name, entry in facts()["models"].items()
    }


def claude_model(name: str) -> ClaudeModel | None:
    """The model that ``name`` means in any platform's spelling; ``None``: not a known one."""
    known = sorted(claude_models(), key=len, reverse=True)
    # Between separators: "us.anthropic.claude-opus-5-5-v1:0" and "claude-opus-5-5@20261001", but no "xclaude-opus-5-5".
    pattern = rf"(?<![^-/:@])({'|'.join(map(re.escape, known))})(?![^-/:@\[])(?!-\d{{1,2}}(?!\d))"
    found = re.search(pattern, name.replace(".", "-"))
    return claude_models()[found.group(1)] if found else None


def full_id(name: str) -> str:
    """The id that an answer of any platform names: that of Anthropic's own API, with its date."""
    model = claude_model(name)
    return model.full_id if model else name


@cache
def known_betas(platform: Platform) -> frozenset[str]:
    """The names that the platform takes."""
    every = {name for names in facts()["betas"].values() for name in names.split()}
    return frozenset(every - set(facts()["refused_betas"].get(platform, "").split()))


def missing(platform: Platform, kind: Literal["fields", "tools"]) -> tuple[str, ...]:
    """Fields, or beginnings of tool types, that the platform does not have."""
    return tuple(facts()["missing"].get(platform, {}).get(kind, ()))
