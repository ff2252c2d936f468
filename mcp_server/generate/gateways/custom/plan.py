"""From a request to decisions: which proxy, where it listens, what is behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.errors import UsageError
from mcp_server.generate.deployments.service import CONFIG_FOLDER, SECRET_FOLDER
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.custom.upstream import Upstream, upstream
from mcp_server.generate.gateways.litellm.extras import wished_instances
from mcp_server.generate.spec import is_local
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

_DEFAULT_URL = "http://127.0.0.1:8080"
_TITLES = {"nginx": "nginx", "envoy": "Envoy"}
_KEY_VARIABLE = "GATEWAY_KEY"


CA_FILE = "ca-bundle.pem"
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class Place:
    """Where a proxy listens and its files lie: on a host where it is started by hand, or in a deployment."""

    keys: str
    """Folder of the files with keys."""
    config: str
    """Folder of the other files."""
    address: str
    port: int
    log: str
    """Where nginx writes its access log."""
    health_port: int = 0
    """A plain port for probes; 0: none."""


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
    instances: int = 1

    @property
    def deployment(self) -> str:
        return self.request.deployment or "local"

    @property
    def place(self) -> Place:
        """Where it listens and its files lie."""
        if self.deployment == "local":
            folder = {"envoy": "/etc/envoy/claude"}.get(self.program, "/etc/nginx/claude")
            return Place(folder, folder, self.address, self.port, "/var/log/nginx/claude-gateway.log")
        if self.deployment == "systemd":
            # Where systemd puts the credentials of the unit; its output is a socket, which nginx cannot open.
            keys = f"/run/credentials/{self.service_name}.service"
            return Place(keys, CONFIG_FOLDER, self.address, self.port, "syslog:server=unix:/dev/log,nohostname")
        # Without root no port below 1024 can be opened; the address outside is another one.
        everybody = "0.0.0.0"  # noqa: S104 - of the container alone
        return Place(SECRET_FOLDER, CONFIG_FOLDER, everybody, 8443 if self.tls else 8080, "/dev/stdout", 8081)

    @property
    def service_name(self) -> str:
        return f"claude-{self.program}"

    @property
    def trusted(self) -> str:
        """The file of CAs for the provider's certificate."""
        if self.request.ca_bundle and self.deployment != "local":
            return f"{CONFIG_FOLDER}/{CA_FILE}"
        return self.request.ca_bundle or SYSTEM_CA

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
    unused = [n for n in ("routing", "fallbacks") if getattr(request, n)]
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
    _check_deployment(request, program)
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
    assumed = not request.gateway_url
    instances = wished_instances(request.goal) or (2 if request.deployment == "kubernetes" else 1)
    return Plan(request, program, url, "" if behind.mode else removed, assumed, behind, asked.models, instances)


def _check_deployment(request: GenerateRequest, program: str) -> None:
    if request.deployment in ("", "local"):
        return
    if not program:
        raise UsageError(
            f"deployment {request.deployment!r} is written for a gateway that is made here; yours is there already.",
            'Leave deployment out, or say "nginx" or "envoy" in goal to have a reverse proxy written.',
        )
    if request.deployment == "docker" and re.search(
        r"\blite ?llm\b", " ".join((request.goal, *request.providers)), re.I
    ):
        raise UsageError(
            "a proxy in a container does not reach a LiteLLM that listens on 127.0.0.1 of its host.",
            "Use deployment systemd on the host of LiteLLM, or kubernetes, where both are in one namespace.",
        )
    if request.deployment == "systemd" and (wished_instances(request.goal) or 1) > 1:
        raise UsageError(
            f"one file of {program} listens on one port, so one host runs one instance of it under systemd.",
            "Leave the number out and install it on several hosts, or use deployment docker or kubernetes.",
        )


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
