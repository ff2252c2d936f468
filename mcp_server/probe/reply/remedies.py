"""The minimal change that cures each cause in a live run; the sentences stand in ``catalogue/cures.yaml``."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mcp_server.catalogue.claude_code import tier_variables
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.mode import SIGN_IN
from mcp_server.errors import nearest
from mcp_server.probe.context import Context
from mcp_server.redact import quote, url

_PROVIDER_SIDE = "Change it on the gateway; nothing in Claude Code's settings can cure it."

#: Provider modes whose gateways speak Anthropic's own format.
_ANTHROPIC_FORMAT = ("anthropic", "foundry", "mantle", "anthropic_aws", "anthropic_google_cloud", "gateway")


def fix_for(cause: str, context: Context, said: str = "", check: str = "") -> str:
    """The minimal change for ``cause`` in this run; ``said`` is the refusal's text.

    ``check``: id of the protocol check that found it, which may know a more exact change than the cause alone.
    """
    other = ("ANTHROPIC_API_KEY", "x-api-key")
    if "x-api-key" in context.headers and "authorization" not in context.headers:
        other = ("ANTHROPIC_AUTH_TOKEN", "Authorization: Bearer")
    cures = read_yaml("cures.yaml")
    if cause == "redirect_to_login" and (moved := _moved(context, said)):
        return str(cures["live_moved"]).format(moved=moved)
    refined = next((w["fix"] for w in cures["live_wordings"] if re.search(w["says"], said, re.IGNORECASE)), None)
    own = cures["provider_modes"].get(cause) if context.wire.mode not in _ANTHROPIC_FORMAT else None
    arrives = not {"authorization", "x-api-key"} & set(context.headers)
    lost = None if arrives else cures["live_although_sent"].get(cause)
    signed = cures["live_signed_in"].get(cause) if context.credential == SIGN_IN else None
    known = own or signed or refined or lost or cures["checks"].get(check) or cures["live"].get(cause, _PROVIDER_SIDE)
    # In another provider mode the client does not read ANTHROPIC_BASE_URL.
    said_of = context.base_variable if own is None else "ANTHROPIC_BASE_URL"
    return (
        str(known)
        .replace("ANTHROPIC_BASE_URL", said_of)
        .format(
            base_variable=context.base_variable,
            sent_path=context.wire.place(context.model_name or context.wire.default_model),
            base_url=url(context.route.base_url.rstrip("/")),
            path=context.base_path or "the path",
            credential=context.credential or "ANTHROPIC_AUTH_TOKEN",
            other_credential=other[0],
            other_header=other[1],
            model=context.model_name or "the model",
            tier_variable=_tier_variable(context),
            listed=_listed(context),
        )
    )


def _moved(context: Context, said: str) -> str:
    """The base URL to which a redirect on the same host leads; empty where it leads elsewhere."""
    target = re.match(r"30[1278] to (\S+)$", said)
    if target is None:
        return ""
    try:
        there, here = urlsplit(target[1]), urlsplit(context.route.base_url)
        if there.hostname not in (None, here.hostname):
            return ""
    except ValueError:
        return ""
    path = re.sub(r"/(?:v1/messages|v1/models|health/liveliness).*$", "", there.path)
    if re.search(r"log-?in|sign-?in|auth|sso|saml|oauth", path, re.IGNORECASE):
        return ""
    base = f"{there.scheme or here.scheme}://{there.netloc or here.netloc}{path}".rstrip("/")
    return "" if base == context.route.base_url.rstrip("/") else url(base)


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
