"""The minimal change that cures each cause in a live run; the sentences stand in ``catalogue/cures.yaml``."""

from __future__ import annotations

import re

from mcp_server.catalogue.claude_code import tier_variables
from mcp_server.catalogue.load import read_yaml
from mcp_server.errors import nearest
from mcp_server.probe.context import Context
from mcp_server.redact import quote, url

_PROVIDER_SIDE = "Change it on the gateway; nothing in Claude Code's settings can cure it."


def fix_for(cause: str, context: Context, said: str = "") -> str:
    """The minimal change for ``cause`` in this run; ``said`` is the refusal's text."""
    other = ("ANTHROPIC_API_KEY", "x-api-key")
    if "x-api-key" in context.headers and "authorization" not in context.headers:
        other = ("ANTHROPIC_AUTH_TOKEN", "Authorization: Bearer")
    cures = read_yaml("cures.yaml")
    refined = next((w["fix"] for w in cures["live_wordings"] if re.search(w["says"], said, re.IGNORECASE)), None)
    return str(refined or cures["live"].get(cause, _PROVIDER_SIDE)).format(
        base_url=url(context.route.base_url.rstrip("/")),
        path=context.base_path or "the path",
        credential=context.credential or "ANTHROPIC_AUTH_TOKEN",
        other_credential=other[0],
        other_header=other[1],
        model=context.model_name or "the model",
        tier_variable=_tier_variable(context),
        listed=_listed(context),
    )


def _tier_variable(context: Context) -> str:
    model = context.model
    if model is None or model.asked == "default":
        return "ANTHROPIC_MODEL"
    named = model.asked.lower().removesuffix("[1m]")
    if named == "subagent":
        return "CLAUDE_CODE_SUBAGENT_MODEL"
    return next((variable for tier, variable in tier_variables().items() if tier == named), "ANTHROPIC_MODEL")


def _listed(context: Context) -> str:
    names = context.gateway.models or ()
    if not names:
        return ""
    close = nearest(context.model_name, names)
    shown = ", ".join(quote(name, 60) for name in ([close] if close else list(names[:6])))
    return f" (it lists {shown}{'' if close or len(names) <= 6 else ', …'})"
