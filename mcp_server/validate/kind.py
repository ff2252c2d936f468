"""Which kind of configuration a text is, by its name and by what stands in it."""

from __future__ import annotations

import re

from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote
from mcp_server.validate.context import KINDS, Kind, SettingsScope

#: Kinds that are recognised and not yet checked, with the program that can check them today.
LATER = {
    "claude-gateway": "claude gateway --config FILE names its mistakes itself",
    "env": "give the settings.json or the LiteLLM file that uses these variables",
    "docker-compose": "give the LiteLLM file that the service mounts",
    "kubernetes": "give the LiteLLM file out of the ConfigMap",
}
_LITELLM_KEYS = re.compile(
    r"(?m)^[\"']?(model_list|litellm_settings|general_settings|router_settings|litellm_params|model_name|credential_list"
    r"|environment_variables|include|guardrails|mcp_servers)[\"']?\s*:"
)
_LATER_KEYS = (
    ("kubernetes", re.compile(r"(?m)^(apiVersion|kind)\s*:")),
    ("docker-compose", re.compile(r"(?m)^services\s*:")),
    ("claude-gateway", re.compile(r"(?m)^(listen|upstreams|oidc|identity|auto_include_builtin_models)\s*:")),
)
_ENV_LINES = re.compile(r"(?:\s*(?:#.*|(?:export\s+)?[A-Za-z_]\w*=.*)?(?:\n|$))+")


def parse_kind(kind: str) -> Kind | None:
    """The kind asked for, ``None`` for ``auto``.

    Raises:
        UsageError: the kind is unknown or not supported yet.
    """
    if kind == "auto":
        return None
    for known in KINDS:
        if kind == known:
            return known
    if kind in LATER:
        raise unsupported(kind)
    close = nearest(kind[:60], ("auto", *KINDS))
    hint = f"Did you mean {close}? " if close else ""
    raise UsageError(f"kind {quote(kind, 60)!r} is not known.", f"{hint}Supported now: auto, {', '.join(KINDS)}.")


def unsupported(kind: str) -> UsageError:
    return UsageError(
        f"files of the kind {kind} are not checked yet; supported now: {', '.join(KINDS)}.",
        f"For this file: {LATER[kind]}. If it is one of the supported kinds, name it with kind.",
    )


def detect(name: str | None, text: str) -> Kind:
    """The kind of a file. Content decides where it speaks; else the name; else the language.

    Raises:
        UsageError: it is a kind that is not supported yet, or nothing recognisable.
    """
    lower = (name or "").replace("\\", "/").lower()
    start = text[:200_000].lstrip("\ufeff \t\r\n")
    if lower.endswith((".env", "/.envrc")) or lower.rpartition("/")[2].startswith(".env"):
        raise unsupported("env")
    if _LITELLM_KEYS.search(text[:2_000_000]):
        return "litellm"
    if start.startswith("{"):
        return (
            "litellm"
            if re.search(r'"(model_list|litellm_settings|general_settings)"\s*:', start)
            else "claude-settings"
        )
    if lower.endswith(".json"):
        return "claude-settings"
    for kind, pattern in _LATER_KEYS:
        if pattern.search(start):
            raise unsupported(kind)
    if start and "=" in start and _ENV_LINES.fullmatch(text[:20_000].replace("\r", "")):
        raise unsupported("env")
    if lower.endswith((".yaml", ".yml")) or "litellm" in lower:
        return "litellm"
    if re.search(r"(?m)^[\w-]+\s*:(\s|$)", start):
        return "litellm"
    raise UsageError(
        "the kind of this content is not recognisable.",
        f"Name it with kind: {' or '.join(KINDS)}.",
    )


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
