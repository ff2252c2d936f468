"""From a request to decisions: which of Zuplo's two products, who may in, what is behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.errors import UsageError
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.custom.upstream import Upstream, upstream
from mcp_server.generate.limits import requests_per_minute
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

_DEFAULT_URL = "http://127.0.0.1:9000"
_HOSTED = re.compile(r"\bai gateway\b", re.I)
_OIDC = re.compile(r"\b(?:oidc|openid|jwt|sso|single sign-on|okta|entra|auth0|azure ad)\b", re.I)


@dataclass(frozen=True)
class Plan:
    """Everything the builders need."""

    request: GenerateRequest
    url: str
    removed_path: str
    assumed_url: bool
    hosted: bool
    """Zuplo's AI Gateway, which is configured in its portal, instead of a project of files."""
    oidc: bool
    """People bring tokens of the company's identity provider instead of Zuplo API keys."""
    per_minute: int
    """Requests that one person may make in a minute; 0: no limit."""
    upstream: Upstream
    models: tuple[str, ...]

    @property
    def base_url(self) -> str:
        """Where the project sends requests."""
        up = self.upstream
        return f"https://{up.host}" if up.tls else "${env.UPSTREAM_URL}"


def make_plan(asked: Asked) -> Plan:
    """Decides everything.

    Raises:
        UsageError: see ``answer``.
    """
    request, goal = asked.request, asked.request.goal
    unused = [n for n in ("routing", "fallbacks", "deployment") if getattr(request, n)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} has no use with Zuplo: it runs the project itself and passes one provider on.",
            "Leave it out, or use gateway litellm.",
        )
    if request.auth == "oauth":
        raise UsageError(
            "auth 'oauth' would send people's claude.ai logins through a third party.", "Choose token or helper."
        )
    oidc = _OIDC.search(goal) is not None
    if request.auth == "api-key":
        raise UsageError(
            "auth 'api-key': people's keys are read from Authorization: Bearer, not from x-api-key.",
            "Choose token or helper.",
        )
    hosted = _HOSTED.search(goal) is not None
    if hosted and not request.gateway_url:
        raise UsageError(
            "the address of your Zuplo AI Gateway is not known.", "Give gateway_url, such as https://NAME.zuplo.app."
        )
    behind = upstream(asked, written=not hosted)
    if behind.refresh:
        raise UsageError(
            f"a Zuplo project for {behind.title} is not generated: Google's tokens live for an hour, and a "
            "variable does not renew them.",
            "Name another of providers, or use gateway litellm, claude-apps-gateway, or custom with "
            '"nginx" or "envoy" in goal.',
        )
    url, removed = bare_url(request.gateway_url or _DEFAULT_URL)
    if urlsplit(url).path and not hosted:
        raise UsageError(
            f"gateway_url {quote(url, 120)} has a path, and the routes of the project begin at the root of its host.",
            "Leave the path out.",
        )
    return Plan(
        request=request,
        url=url,
        removed_path=removed,
        assumed_url=not request.gateway_url,
        hosted=hosted,
        oidc=oidc,
        per_minute=requests_per_minute(goal),
        upstream=behind,
        models=asked.models,
    )
