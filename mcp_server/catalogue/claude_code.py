"""What the catalogue knows about Claude Code: tiers, built-in model ids per version, variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from mcp_server.catalogue.client_settings import variable
from mcp_server.catalogue.load import read_yaml

Tier = Literal["opus", "sonnet", "haiku", "fable"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True)
class Client:
    """One version of Claude Code and the model ids it calls when nothing maps them."""

    version: str
    builtin: dict[Tier, str]
    """Tier → the id it stands for behind ``ANTHROPIC_BASE_URL``."""
    calls: dict[str, str]
    """``main``, ``background`` and, where it exists, ``classifier`` → id."""
    classifier_tier: Tier | None
    """The tier that stands in for the classifier of auto mode."""


@cache
def clients() -> tuple[Client, ...]:
    """The known versions, newest first."""
    return tuple(
        Client(v["version"], v["builtin"], v["calls"], v.get("classifier_tier"))
        for v in read_yaml("claude_code.yaml")["versions"]
    )


@cache
def tier_variables() -> dict[Tier, str]:
    """Tier → the environment variable that maps it to a model."""
    variables: dict[Tier, str] = read_yaml("claude_code.yaml")["tiers"]
    return variables


@cache
def tier_aliases() -> dict[str, Tier]:
    """Name that the client understands instead of a model id (lower case) → the tier it leads to."""
    aliases: dict[str, Tier] = read_yaml("claude_code.yaml")["aliases"]
    return aliases


def variable_reason(name: str) -> str:
    """Why a gateway configuration sets the variable ``name``."""
    reason: str = read_yaml("claude_code.yaml")["variables"][name]
    return reason


def tier_ids(version: str, provider: str) -> dict[Tier, str]:
    """Tier → the id that ``version`` sends by itself to ``provider``; ``{prefix}`` stands for a group of regions."""
    ids: dict[Tier, str] = client(version).builtin if provider == "anthropic" else _entry(version)["modes"][provider]
    return ids


def start_tier(version: str, provider: str) -> Tier:
    """The tier with which a new session of ``version`` starts at ``provider`` (not Anthropic)."""
    tier: Tier = _entry(version)["modes"][provider]["start"]
    return tier


def translated(version: str, provider: str) -> dict[str, str]:
    """Id of Anthropic's own API → what ``version`` sends to ``provider`` for it; every other name stays."""
    ids: dict[str, str] = _entry(version).get("translated", {}).get(provider, {})
    return ids


def bedrock_prefix(region: str) -> str:
    """Prefix of the inference profiles of an AWS region."""
    prefixes: dict[str, str] = read_yaml("claude_code.yaml")["bedrock_prefixes"]
    return next((prefix for start, prefix in prefixes.items() if region.startswith(start)), "global")


def is_remapped(model: str) -> bool:
    """Does the client replace this retired id by its own Opus?"""
    return model.lower() in read_yaml("claude_code.yaml")["remapped"]


def dated(model: str) -> str:
    """The id with its date, for a short one that the client itself uses."""
    name: str = read_yaml("claude_code.yaml")["dated"].get(model, model)
    return name


def vertex_region_variable(model: str, version: str) -> str | None:
    """The variable that holds the region of one model in ``version``, ``None`` for a model that has none."""
    regions: dict[str, str] = read_yaml("claude_code.yaml")["vertex_regions"]
    read = {name for name in regions.values() if (v := variable(name)) is not None and version in v.versions}
    fitting = [start for start in regions if model.startswith(start) and regions[start] in read]
    return regions[max(fitting, key=len)] if fitting else None


def _entry(version: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = read_yaml("claude_code.yaml")["versions"]
    return next((e for e in entries if e["version"] == version), entries[0])


@cache
def builtin_ids() -> dict[str, Tier]:
    """Every id that any known version calls by itself → the tier that answers for it."""
    found: dict[str, Tier] = {}
    for client in clients():
        found.update({name: tier for tier, name in client.builtin.items()})
        if client.classifier_tier and "classifier" in client.calls:
            found.setdefault(client.calls["classifier"], client.classifier_tier)
    return found


@cache
def base_url_switches() -> dict[str, str | None]:
    """Base URL variable → the provider switch that makes it count; the default route (``None``) comes first."""
    providers = read_yaml("claude_code.yaml")["providers"]
    return {p["base_url"]: p.get("switch") for p in sorted(providers, key=lambda p: "switch" in p)}


def version_numbers(version: str) -> tuple[int, ...]:
    """``2.1.330`` as numbers that compare; parts that are no numbers are left out."""
    return tuple(int(part) for part in version.split(".") if part.isascii() and part.isdigit())


def client(version: str | None) -> Client:
    """The entry of ``version``; of the newest known version when it is unknown or ``None``."""
    return next((c for c in clients() if c.version == version), clients()[0])
