"""Model names of the client: tier aliases, defaults, overrides, and the id that goes over the wire (pure).

Measured on 2.1.197 and 2.1.330 (tests/effective/cases/view.yaml repeats the main rows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp_server.catalogue.claude_code import (
    TIERS,
    Tier,
    bedrock_prefix,
    dated,
    is_remapped,
    start_tier,
    tier_aliases,
    tier_ids,
    tier_variables,
    translated,
)
from mcp_server.effective.credentials import LOGIN, credentials
from mcp_server.effective.dialect import dialect_of
from mcp_server.effective.mode import filled, is_on, provider_mode, region_of
from mcp_server.snapshot import SCOPE_ORDER, Setting, Snapshot

_MILLION = "[1m]"
#: ``us.anthropic.claude-opus-4-6-v1`` → ``claude-opus-4-6``.
_OWN_ID = re.compile(r"(?:[a-z-]+\.)?anthropic\.(?P<id>claude-[\w.-]+?)(?:-v\d+(?::\d+)?)?")


@dataclass(frozen=True)
class ResolvedModel:
    """What a name becomes on the wire (behind an Anthropic-format base URL)."""

    asked: str
    model: str
    """The id in the request body, ``[1m]`` stripped."""
    because: str
    setting: Setting | None = None
    """The variable or key that decided; ``None`` for a literal id and for a built-in one."""
    built_in: bool = False
    million_context: bool = False


def resolve_model(snapshot: Snapshot, name: str | None = None) -> ResolvedModel:
    """The id Claude Code sends for ``name``: an alias (``sonnet``, ``haiku``, ``default`` …) or an id.

    ``None`` means the model a new session starts with: ``ANTHROPIC_MODEL``, else the ``model`` setting, else
    ``ANTHROPIC_DEFAULT_MODEL``, else the Opus tier. ``default`` asked for by name skips the first two, but
    ``ANTHROPIC_MODEL=default`` is sent literally (both measured).
    """
    if name is not None:
        return _overridden(snapshot, name, _allowed(snapshot, _alias(snapshot, name), name))
    for setting in (snapshot.variable("ANTHROPIC_MODEL"), snapshot.key("model"), _default_model(snapshot)):
        value = setting.value.strip() if setting is not None else ""
        if setting is None or not setting.value:  # blanks count: an empty model is sent (measured)
            continue
        place = f"{setting.name} ({setting.source}) names {value}"
        if value.lower() == "default":
            chosen = ResolvedModel(value, value, "sent as written")
        else:
            chosen = _alias(snapshot, value)
        because = place if chosen.because == "sent as written" else f"{place}; {chosen.because}"
        decided = chosen.setting or setting
        said = ResolvedModel(value, chosen.model, because, decided, chosen.built_in, chosen.million_context)
        return _overridden(snapshot, "default", _allowed(snapshot, said, value))
    return _overridden(snapshot, "default", _allowed(snapshot, _alias(snapshot, "default"), "default"))


def tier_models(snapshot: Snapshot) -> dict[str, ResolvedModel]:
    """Every name the client itself may ask for: ``default`` (a new session), each tier, ``subagent`` when set."""
    found = {"default": resolve_model(snapshot)}
    found.update({tier: resolve_model(snapshot, tier) for tier in TIERS})
    subagent = snapshot.variable("CLAUDE_CODE_SUBAGENT_MODEL")
    if subagent is not None and subagent.value.strip() not in ("", "inherit"):
        chosen = _alias(snapshot, subagent.value.strip())
        because = f"{subagent.name} ({subagent.source}) names {subagent.value.strip()}"
        said = ResolvedModel("subagent", chosen.model, because, subagent, False, chosen.million_context)
        found["subagent"] = _overridden(snapshot, "subagent", said)
    return found


def _alias(snapshot: Snapshot, name: str) -> ResolvedModel:
    base, million = _without_suffix(name.strip())
    tier = tier_aliases().get(base.lower())
    rules, _ = dialect_of(snapshot.client_version)
    mode, _ = provider_mode(snapshot)
    kept = is_on(snapshot.variable("CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP"))
    if tier is None and mode["id"] in ("anthropic", "gateway") and is_remapped(base) and not kept:
        chosen = _alias(snapshot, "opus")
        return replace(chosen, asked=name, because=f"{base} is retired and becomes Opus; {chosen.because}")
    if tier is None:
        words = translated(rules.measured, mode["id"]).get(base)
        if words is None:
            return ResolvedModel(name, base, "sent as written", None, False, million)
        told = f"{base} in the words of {mode['id']}"
        return ResolvedModel(name, _placed(snapshot, mode, words), told, None, False, million)
    if base.lower() == "default":
        tier = _start_tier(snapshot, mode, rules.measured)
    variable = tier_variables()[tier]
    setting = snapshot.variable(variable)
    blank_counts = rules.measured == "2.1.197"
    if setting is not None and (setting.value if blank_counts else setting.value.strip()):
        value, suffix = _without_suffix(setting.value.strip())
        because = f"{variable} ({setting.source}) maps the {tier} tier"
        return ResolvedModel(name, value, because, setting, False, million or suffix)
    built_in = _placed(snapshot, mode, tier_ids(rules.measured, mode["id"])[tier])
    return ResolvedModel(name, built_in, f"built into Claude Code {rules.measured}", None, True, million)


def _start_tier(snapshot: Snapshot, mode: dict[str, Any], version: str) -> Tier:
    """The tier of a new session: Opus, but Sonnet with some providers and with an OAuth token (measured)."""
    if mode["id"] != "anthropic":
        return start_tier(version, mode["id"])
    first = next(iter(credentials(snapshot, mode, version)), None)
    if first is None or first.name not in ("CLAUDE_CODE_OAUTH_TOKEN", LOGIN):
        return "opus"
    # A saved login of the older release starts with Opus on the largest plan only.
    saved = snapshot.login.plan if first.name == LOGIN and snapshot.login else ""
    return "opus" if first.name == LOGIN and (version != "2.1.197" or saved == "max") else "sonnet"


def _allowed(snapshot: Snapshot, chosen: ResolvedModel, name: str) -> ResolvedModel:
    """``availableModels``: others become the default model; ``enforceAvailableModels`` binds that one too."""
    listed = _list(snapshot, "availableModels")
    if not listed or name.lower() in listed or chosen.model.lower() in listed:
        return chosen
    enforced = snapshot.key("enforceAvailableModels")
    if enforced is not None and enforced.value == "true":
        first = _alias(snapshot, next(iter(listed)))
        return replace(first, asked=name, because=f"availableModels allows no {name}, and enforceAvailableModels binds")
    if name.lower() == "default":
        return chosen
    start = _alias(snapshot, "default")
    return replace(start, asked=name, because=f"availableModels allows no {name}; {start.because}")


def _list(snapshot: Snapshot, key: str) -> dict[str, None]:
    """The texts of a list in the strongest file that has it, in lower case and order."""
    for file in sorted(snapshot.settings_files, key=lambda f: SCOPE_ORDER.index(f.scope)):
        if isinstance(file.data.get(key), list):
            return {str(item).strip().lower(): None for item in file.data[key]}
    return {}


def _placed(snapshot: Snapshot, mode: dict[str, Any], name: str) -> str:
    """``name`` with the prefix of the region's inference profiles."""
    if "{prefix}" not in name:
        return name
    rules, _ = dialect_of(snapshot.client_version)
    told = filled(snapshot.variable("ANTHROPIC_BEDROCK_REGION_PREFIX"))  # exists since 2.1.224
    prefix = told.value.strip() if told and rules.measured != "2.1.197" else bedrock_prefix(region_of(snapshot, mode))
    return name.format(prefix=prefix)


def _overridden(snapshot: Snapshot, asked: str, chosen: ResolvedModel) -> ResolvedModel:
    """``modelOverrides`` of the settings, then the name the caller asked for."""
    for file in snapshot.settings_files:
        overrides = file.data.get("modelOverrides")
        # The keys are ids of Anthropic's own API, in every provider's mode.
        own = dated(_own_id(chosen.model)) if chosen.built_in else _own_id(chosen.model)
        if isinstance(overrides, Mapping) and isinstance(overrides.get(own), str):
            value = str(overrides[own])
            said = f"{chosen.because}; modelOverrides ({file.path}) maps {own}"
            replaced = Setting("modelOverrides", value, file.scope, file.path)
            return ResolvedModel(asked, value, said, replaced, False, chosen.million_context)
    return ResolvedModel(asked, chosen.model, chosen.because, chosen.setting, chosen.built_in, chosen.million_context)


def _own_id(model: str) -> str:
    words = _OWN_ID.fullmatch(model)
    return dated(words["id"]) if words else re.sub(r"(claude-.*)@(\d{8})", r"\1-\2", model)


def _without_suffix(name: str) -> tuple[str, bool]:
    return (name[: -len(_MILLION)], True) if name.lower().endswith(_MILLION) else (name, False)


def _default_model(snapshot: Snapshot) -> Setting | None:
    """``ANTHROPIC_DEFAULT_MODEL`` exists since 2.1.236."""
    rules, _ = dialect_of(snapshot.client_version)
    return None if rules.measured == "2.1.197" else snapshot.variable("ANTHROPIC_DEFAULT_MODEL")
