"""From a request to decisions: address, sign-in, upstreams, policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.errors import UsageError
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.claude_apps_gateway.upstreams import Upstream, upstreams
from mcp_server.generate.gateways.claude_apps_gateway.wishes import Wishes, read_wishes
from mcp_server.generate.gateways.litellm.extras import wished_instances
from mcp_server.generate.names import only_claude
from mcp_server.generate.spec import is_local
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

_DEFAULT_URL = "http://127.0.0.1:8080"
#: Where it listens behind a front end.
INNER_PORT = 8080
_TELEMETRY = re.compile(r"\b(?:telemetry|otel|otlp|opentelemetry|metrics|monitoring)\b", re.I)
_ADMIN = re.compile(r"\b(?:admin\w*|budgets?|spend\w*|quotas?|cost control|chargeback)\b", re.I)
_BEHIND = re.compile(
    r"\b(?:behind|in front)\b[^.;]{0,40}\b(?:load ?balancer|reverse proxy|ingress|nginx|alb|envoy)\b|\btls in front\b",
    re.I,
)
_DOMAIN = re.compile(r"(?<![\w.])@(?P<name>[a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.I)
_NETWORK = re.compile(r"(?<![\w.:/])(?:\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f:]*::?[0-9a-f:]*/\d{1,3})(?![\w/])", re.I)


@dataclass(frozen=True)
class Plan:
    """Everything the builders need."""

    request: GenerateRequest
    public_url: str
    removed_path: str
    assumed_url: bool
    upstreams: tuple[Upstream, ...]
    models: tuple[str, ...]
    signs_in: bool
    """Claude Code signs in by itself (managed settings); else it is given a token."""
    telemetry: bool
    admin: bool
    tls_in_front: bool
    wishes: Wishes
    domains: tuple[str, ...]
    networks: tuple[str, ...]
    instances: int = 1

    @property
    def deployment(self) -> str:
        return self.request.deployment or "local"

    @property
    def contained(self) -> bool:
        """Whether it runs in a container, where TLS ends in front of it."""
        return self.deployment in ("docker", "kubernetes")

    @property
    def tls_inside(self) -> bool:
        """Whether it ends TLS itself, with a certificate from outside."""
        several = self.deployment == "systemd" and self.instances > 1
        return self.public_url.startswith("https://") and not (self.tls_in_front or self.contained or several)

    @property
    def port(self) -> int:
        """The port on which it listens itself."""
        parts = urlsplit(self.public_url)
        if self.tls_inside:
            return parts.port or 443
        return (parts.port or 80) if self.only_loopback and not self.contained else INNER_PORT

    @property
    def only_loopback(self) -> bool:
        return is_local(self.public_url) and self.public_url.startswith("http://")

    @property
    def every_model(self) -> tuple[str, ...]:
        """The models of everybody and of the groups."""
        return tuple(dict.fromkeys((*self.models, *(m for _, models in self.wishes.policies for m in models))))

    @property
    def clouds(self) -> bool:
        """Whether an upstream lags behind Anthropic's own API in experimental features."""
        return any(upstream.id in ("bedrock", "vertex", "mantle", "foundry") for upstream in self.upstreams)


def make_plan(asked: Asked) -> Plan:
    """Decides everything.

    Raises:
        UsageError: see ``answer``.
    """
    request = asked.request
    _refuse(asked)
    signs_in = request.auth in ("", "oauth")
    scope = request.scope or ("managed" if signs_in else "user")
    if signs_in and scope != "managed":
        raise UsageError(
            f"scope {scope!r}: the sign-in to a gateway (forceLoginMethod) is taken from managed settings only.",
            "Leave scope out for managed settings, or choose auth token for a token in a variable.",
        )
    url, removed = bare_url(request.gateway_url or _DEFAULT_URL)
    _check_url(url)
    goal = request.goal
    wishes = read_wishes(goal, asked.today)
    models = request.models or wishes.models
    if wishes.closed and not (models or wishes.policies):
        raise UsageError("a closed list of models needs models.", 'Name them: models ["claude-opus-5-5", …].')
    return Plan(
        request=replace(request, scope=scope),
        public_url=url,
        removed_path=removed,
        assumed_url=not request.gateway_url,
        upstreams=upstreams(asked, wishes),
        models=models,
        signs_in=signs_in,
        telemetry=_TELEMETRY.search(goal) is not None,
        admin=_ADMIN.search(goal) is not None,
        tls_in_front=_BEHIND.search(goal) is not None,
        wishes=wishes,
        domains=tuple(dict.fromkeys(match["name"].lower().rstrip(".") for match in _DOMAIN.finditer(goal))),
        networks=tuple(dict.fromkeys(_networks(goal))),
        instances=wished_instances(goal) or (2 if request.deployment == "kubernetes" else 1),
    )


def _networks(goal: str) -> list[str]:
    found = []
    for text in _NETWORK.findall(goal):
        try:
            found.append(str(ip_network(text, strict=False)))
        except ValueError:
            raise UsageError(f"{quote(text)} in goal is not a network.", "Write it as 10.0.0.0/8.") from None
    return found


def _refuse(asked: Asked) -> None:
    request = asked.request
    unused = [n for n in ("routing", "fallbacks") if getattr(request, n)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} has no counterpart in claude gateway: it tries upstreams in the order of its file.",
            "Name the providers in the order in which they shall be tried, or use gateway litellm.",
        )
    if request.auth == "api-key":
        raise UsageError(
            "claude gateway takes no x-api-key: it answers 401 to anything but its own bearer tokens.",
            "Leave auth out (people sign in), or choose token or helper.",
        )
    if not only_claude(asked.models):
        raise UsageError(
            "claude gateway serves Anthropic's models; others would need a LiteLLM behind it.",
            "Name Claude models only, or use gateway litellm.",
        )


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.path:
        raise UsageError(
            f"gateway_url {quote(url, 120)} has a path, and claude gateway serves its pages at the root of its host.",
            "Give it a host name of its own.",
        )
