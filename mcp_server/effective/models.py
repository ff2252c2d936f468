"""Model names of the client: tier aliases, defaults, overrides, and the id that goes over the wire (pure).

Measured on 2.1.197 and 2.1.330 behind a base URL (tests/effective/test_effective_e2e.py repeats the main rows).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_server.catalogue.claude_code import TIERS, client, tier_aliases, tier_variables
from mcp_server.effective.dialect import dialect_of
from mcp_server.snapshot import Setting, Snapshot

_MILLION = "[1m]"


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
        return _overridden(snapshot, name, _alias(snapshot, name))
    for setting in (snapshot.variable("ANTHROPIC_MODEL"), snapshot.key("model"), _default_model(snapshot)):
        value = setting.value.strip() if setting is not None else ""
        if setting is None or not value:
            continue
        place = f"{setting.name} ({setting.source}) names {value}"
        if value.lower() == "default":
            chosen = ResolvedModel(value, value, "sent as written")
        else:
            chosen = _alias(snapshot, value)
        because = place if chosen.because == "sent as written" else f"{place}; {chosen.because}"
        decided = chosen.setting or setting
        said = ResolvedModel(value, chosen.model, because, decided, chosen.built_in, chosen.million_context)
        return _overridden(snapshot, "default", said)
    return _overridden(snapshot, "default", _alias(snapshot, "default"))


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
    if tier is None:
        return ResolvedModel(name, base, "sent as written", None, False, million)
    variable = tier_variables()[tier]
    setting = snapshot.variable(variable)
    if setting is not None and setting.value.strip():
        value, suffix = _without_suffix(setting.value.strip())
        because = f"{variable} ({setting.source}) maps the {tier} tier"
        return ResolvedModel(name, value, because, setting, False, million or suffix)
    rules, _ = dialect_of(snapshot.client_version)
    built_in = client(rules.measured).builtin[tier]
    return ResolvedModel(name, built_in, f"built into Claude Code {rules.measured}", None, True, million)


def _overridden(snapshot: Snapshot, asked: str, chosen: ResolvedModel) -> ResolvedModel:
    """``modelOverrides`` of the settings, then the name the caller asked for."""
    for file in snapshot.settings_files:
        overrides = file.data.get("modelOverrides")
        if isinstance(overrides, Mapping) and isinstance(overrides.get(chosen.model), str):
            value = str(overrides[chosen.model])
            said = f"{chosen.because}; modelOverrides ({file.path}) maps {chosen.model}"
            replaced = Setting("modelOverrides", value, file.scope, file.path)
            return ResolvedModel(asked, value, said, replaced, False, chosen.million_context)
    return ResolvedModel(asked, chosen.model, chosen.because, chosen.setting, chosen.built_in, chosen.million_context)


def _without_suffix(name: str) -> tuple[str, bool]:
    return (name[: -len(_MILLION)], True) if name.lower().endswith(_MILLION) else (name, False)


def _default_model(snapshot: Snapshot) -> Setting | None:
    """``ANTHROPIC_DEFAULT_MODEL`` exists since 2.1.236."""
    rules, _ = dialect_of(snapshot.client_version)
    return None if rules.measured == "2.1.197" else snapshot.variable("ANTHROPIC_DEFAULT_MODEL")
