"""Model names of a gateway that is not ours, as the client's variables. The gateway decides what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server.catalogue.claude_code import Tier, tier_variables

#: Words in a name that make it the tier's model; the first name that has one wins.
_WORDS: dict[Tier, tuple[str, ...]] = {
    "opus": ("opus", "pro", "large"),
    "sonnet": ("sonnet",),
    "haiku": ("haiku", "flash", "mini", "lite", "small", "nano"),
    "fable": ("fable", "opus"),
}


def name_variables(names: Sequence[str]) -> dict[str, str]:
    """Main model (the first name) and every tier; empty without names: the client then asks for its own ids."""
    if not names:
        return {}
    tiers = {tier: _for(tier, names) for tier in tier_variables()}
    return {"ANTHROPIC_MODEL": names[0], **{tier_variables()[tier]: name for tier, name in tiers.items()}}


def _for(tier: Tier, names: Sequence[str]) -> str:
    return next((n for word in _WORDS[tier] for n in names if word in n.lower()), names[0])


def only_claude(names: Sequence[str]) -> bool:
    """Whether every name says that it is one of Anthropic's models; no names are the client's own ids."""
    return all("claude" in name.lower() for name in names)
