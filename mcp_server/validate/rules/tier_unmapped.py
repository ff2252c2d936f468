"""A model tier is not mapped although the gateway serves other names.

What: ANTHROPIC_BASE_URL points to a gateway, model names are mapped for some tiers, and the others are left at
    Claude's own ids.
Why: Claude Code calls the haiku tier in the background and other tiers from agents and /model; an id that the
    gateway does not serve answers 404, whatever model you chose.
Fix: set ANTHROPIC_DEFAULT_OPUS_MODEL, _SONNET_MODEL and _HAIKU_MODEL to names of your gateway, or give the gateway
    aliases for Claude's ids.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com", "ANTHROPIC_MODEL": "gemini-3.5-flash"}
    }

Good:
    {
      "env": {
        "ANTHROPIC_BASE_URL": "https://gateway.example.com",
        "ANTHROPIC_MODEL": "gemini-3.5-flash",
        "ANTHROPIC_DEFAULT_OPUS_MODEL": "gemini-3.5-flash",
        "ANTHROPIC_DEFAULT_SONNET_MODEL": "gemini-3.5-flash",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": "gemini-3.5-flash-lite",
        "ANTHROPIC_DEFAULT_FABLE_MODEL": "gemini-3.5-flash"
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.claude_code import clients, tier_aliases, tier_variables
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "tier-unmapped"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if settings.gateway is None or settings.switches:
        return
    missing = {tier: name for tier, name in tier_variables().items() if settings.variable(name) is None}
    if not missing:
        return
    chosen = settings.variable("ANTHROPIC_MODEL")
    model = chosen.value if chosen else settings.key("model") or ""
    mapped = len(missing) < len(tier_variables())
    foreign = bool(model) and "claude" not in model.lower() and model not in _aliases()
    ids = clients()[0].builtin
    place = settings.gateway
    yield Problem(
        f"{', '.join(missing.values())} {'is' if len(missing) == 1 else 'are'} not set",
        "Claude Code then asks the gateway for "
        + ", ".join(ids[tier] for tier in missing)
        + " (haiku in the background, others from agents and /model); a name the gateway does not serve answers 404",
        "set them to names of your gateway, or give the gateway aliases for these ids",
        (chosen or place).entry.key.mark,
        "env." + next(iter(missing.values())),
        severity="warning" if foreign or mapped else "info",
        confidence="medium",
    )


def _aliases() -> set[str]:
    return {*tier_aliases(), "opus[1m]", "sonnet[1m]"}
