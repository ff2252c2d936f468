"""The kinds of files that are checked. Every file of this folder that names an ``ID`` stands in ``KINDS``."""

from __future__ import annotations

import re

from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote
from mcp_server.validate.context import Kind, SettingsScope
from mcp_server.validate.kinds import (
    claude_gateway,
    claude_settings,
    docker_compose,
    env,
    kubernetes,
    litellm,
    truefoundry,
    zuplo,
)
from mcp_server.validate.kinds.kind import KindModule

#: What marks a module of this folder as a kind (read by the architecture test).
PART_MARK = "ID: Kind = "

#: In the order in which they are asked whether a file is theirs: the most particular first.
KINDS: tuple[KindModule, ...] = (
    env,
    docker_compose,
    kubernetes,
    claude_gateway,
    truefoundry,
    zuplo,
    litellm,
    claude_settings,
)


def get(kind: Kind) -> KindModule:
    """The module of a kind."""
    return next(module for module in KINDS if kind == module.ID)


def with_comments() -> tuple[Kind, ...]:
    """The kinds whose files may hold comments."""
    return tuple(module.ID for module in KINDS if module.LANGUAGE != "json")


def parse_kind(kind: str) -> Kind | None:
    """The kind asked for, ``None`` for ``auto``.

    Raises:
        UsageError: the kind is unknown.
    """
    if kind == "auto":
        return None
    names = [module.ID for module in KINDS]
    for known in names:
        if kind == known:
            return known
    close = nearest(kind[:60], ("auto", *names))
    hint = f"Did you mean {close}? " if close else ""
    raise UsageError(f"kind {quote(kind, 60)!r} is not known.", f"{hint}Known are auto, {', '.join(sorted(names))}.")


def detect(name: str | None, text: str) -> Kind:
    """The kind of a file: the first that claims it; else YAML is taken for LiteLLM's.

    Raises:
        UsageError: nothing recognisable.
    """
    lower = (name or "").replace("\\", "/").lower()
    start = start_of(text)
    for module in KINDS:
        if module.claims(lower, start):
            return module.ID
    if lower.endswith((".yaml", ".yml")) or re.search(r"(?m)^[\w-]+\s*:(\s|$)", start[:200_000]):
        return "litellm"
    raise UsageError(
        "the kind of this content is not recognisable.",
        f"Name it with kind: {', '.join(sorted(module.ID for module in KINDS))}.",
    )


def start_of(text: str) -> str:
    """As much of a text as its kind shows in."""
    return text[:2_000_000].lstrip("\ufeff \t\r\n")


def settings_scope(path: str | None) -> SettingsScope | None:
    """Which settings file of Claude Code a path is, as far as the path tells."""
    parts = (path or "").replace("\\", "/").split("/")
    name = parts[-1]
    if name.startswith("managed-settings") or "managed-settings.d" in parts:
        return "managed"
    if name == "settings.local.json":
        return "local"
    if name == "settings.json" and parts[-2:-1] == [".claude"]:
        return "project"
    return None
