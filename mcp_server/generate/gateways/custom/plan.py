"""From a request to decisions: which proxy, where it listens, what is behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.errors import UsageError
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.custom.upstream import Upstream, upstream
from mcp_server.generate.spec import is_local
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

_DEFAULT_URL = "http://127.0.0.1:8080"
_TITLES = {"nginx": "nginx", "envoy": "Envoy"}
_KEY_VARIABLE = "GATEWAY_KEY"


@dataclass(frozen=True)
class Plan:
    """Everything the builders need."""

    request: GenerateRequest
    program: str
    """``nginx``, ``envoy``, or empty: the gateway is there already."""
    url: str
    """What people give as the base URL: scheme, host, port, and a path where the format allows one."""
    removed_path: str
    assumed_url: bool
    upstream: Upstream
    models: tuple[str, ...]

    @property
    def title(self) -> str:
        return _TITLES.get(self.program, "your gateway")

    @property
    def tls(self) -> bool:
        """Whether the proxy itself ends TLS."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.tls else 80)

    @property
    def address(self) -> str:
        """The address to listen on: this machine only, unless the URL names another."""
        if not is_local(self.url):
            return "0.0.0.0"  # noqa: S104 - a gateway for others
        return "127.0.0.1" if self.host == "localhost" else self.host

    @property
    def path(self) -> str:
        """The path before ``/v1/…``."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def key_header(self) -> str:
        """The header in which people send their keys; a helper's key comes in both."""
        return "x-api-key" if self.request.auth == "api-key" else "authorization"

    @property
    def key_variable(self) -> str:
        return self.request.token_env or _KEY_VARIABLE


def make_plan(asked: Asked) -> Plan:
    """Decides everything.

    Raises:
        UsageError: see ``answer``.
    """
    request = asked.request
    program = _program(request.goal)
    unused = [n for n in ("routing", "fallbacks", "deployment") if getattr(request, n)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} has no use with a custom gateway: a reverse proxy passes one provider on.",
            "Leave it out, or use gateway litellm.",
        )
    if request.auth == "oauth":
        raise UsageError(
            "auth 'oauth' would send people's claude.ai logins through a gateway.",
            "Choose token, api-key or helper: a key of the gateway's own for each person.",
        )
    if not program and not request.gateway_url:
        raise UsageError(
            "the address of the gateway is not known.",
            'Give gateway_url, or say "nginx" or "envoy" in goal to have a reverse proxy written.',
        )
    behind = upstream(asked, written=bool(program))
    url, removed = bare_url(request.gateway_url or _DEFAULT_URL)
    if program:
        _check_path(url, behind)
        if behind.suffix:
            url = url.removesuffix(behind.suffix)
    return Plan(request, program, url, "" if behind.mode else removed, not request.gateway_url, behind, asked.models)


def _program(goal: str) -> str:
    return next((name for name in _TITLES if re.search(rf"\b{name}\b", goal, re.I)), "")


def _check_path(url: str, behind: Upstream) -> None:
    path = urlsplit(url).path.rstrip("/")
    if path and path != behind.suffix and behind.mode:
        raise UsageError(
            f"gateway_url {quote(url, 120)} has a path, and a rewritten path would change encoded model names.",
            "Give the gateway a host name of its own.",
        )
    if path and not re.fullmatch(r"(?:/[\w.~-]+)+", path):
        raise UsageError(f"the path of gateway_url {quote(url, 120)} is not plain.", "Use letters, digits, - and _.")
