"""``claude gateway`` as a long-running service; its state is in PostgreSQL alone, so instances are alike."""

from __future__ import annotations

import json
import shlex
from functools import cache
from importlib.resources import files as resource_files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.effective.no_proxy import portable_no_proxy
from mcp_server.generate.deployments.service import CONFIG_FOLDER, SCRATCH, Service
from mcp_server.generate.gateways.claude_apps_gateway.config import CONFIG_FILE, variables
from mcp_server.generate.network import login_variable, proxy_exports
from mcp_server.generate.providers.variables import Variable

if TYPE_CHECKING:
    from mcp_server.generate.gateways.claude_apps_gateway.plan import Plan

_BUNDLE = "ca-bundle.pem"
_HOME = "/opt/llm-gateway"
#: Shorter than the two minutes that every deployment gives a service to end.
_DRAIN_MS = "100000"
_POSTGRES_PORT = 5432


@cache
def pinned_version() -> str:
    """The release of Claude Code whose gateway the files are written for."""
    text = resource_files("mcp_server.run").joinpath("versions.json").read_text(encoding="utf-8")
    return str(json.loads(text)["claude_code"][0])


def service(plan: Plan, text: str) -> Service:
    """The service of ``plan``, whose configuration file is ``text``."""
    request, version = plan.request, pinned_version()
    arguments = ("--config", f"{CONFIG_FOLDER}/{CONFIG_FILE}")
    package = f"@anthropic-ai/claude-code@{version}"
    folder = f"{_HOME}/claude-gateway-{version}"
    return Service(
        name="claude-gateway",
        title=f"claude gateway {version}",
        image=f"claude-gateway:{version}",
        build=_dockerfile(package),
        arguments=arguments,
        program=(f"{_HOME}/claude-gateway/node_modules/.bin/claude", "gateway", *arguments),
        install=(
            f"install -d -m 0755 {folder} && npm install --prefix {folder} {package}",
            f"ln -sfn {folder} {_HOME}/claude-gateway",
        ),
        port=plan.port,
        files={CONFIG_FILE: text},
        made={_BUNDLE: f"cp {shlex.quote(request.ca_bundle)} {_BUNDLE}"} if request.ca_bundle else {},
        key_lines=tuple(proxy_exports(request, everything=True)) if login_variable(request.proxy_url) else (),
        variables=tuple(_variables(plan)),
        settings=_settings(plan),
        live="/healthz",
        ready="/readyz",
        health=(
            "node",
            "-e",
            f"fetch('http://127.0.0.1:{plan.port}/healthz').then(r => process.exit(+!r.ok), () => process.exit(1))",
        ),
        memory=1024,
        cpus=2.0,
        instances=plan.instances,
        egress=_egress(plan),
        project="claude-gateway",
    )


def _dockerfile(package: str) -> str:
    return f"""\
# claude gateway is part of Claude Code, of which nobody publishes an image. Written by llm-gateway.
FROM node:22-bookworm-slim
RUN npm install --global --no-fund --no-audit {package} \\
 && npm cache clean --force \\
 && claude --version
USER 65534:65534
ENTRYPOINT ["claude", "gateway"]
"""


def _variables(plan: Plan) -> list[Variable]:
    found = [Variable(name, what) for name, what in variables(plan).items()]
    if login_variable(plan.request.proxy_url):
        way = "the company's proxy with its login, http://user:password@host:port, percent-encoded"
        found += [Variable(name, way) for name in ("HTTPS_PROXY", "HTTP_PROXY")]
    for upstream in plan.upstreams:
        found += [v for v in upstream.credentials if v not in found]
    if plan.tls_inside:
        host = urlsplit(plan.public_url).hostname
        found += [
            Variable("TLS_CERTIFICATE_FILE", f"file with the certificate of {host} and its chain", file="tls.crt"),
            Variable("TLS_KEY_FILE", "file with its private key", file="tls.key"),
        ]
    return found


def _settings(plan: Plan) -> dict[str, str]:
    request = plan.request
    found = {"CLAUDE_GATEWAY_DRAIN_TIMEOUT_MS": _DRAIN_MS, "DISABLE_AUTOUPDATER": "1"}
    if plan.deployment != "systemd":
        found["HOME"] = SCRATCH
    elif plan.instances > 1:
        found["PORT"] = "{port}"
    if request.proxy_url and not login_variable(request.proxy_url):
        found |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), request.proxy_url)
    if request.proxy_url or request.no_proxy:
        found["NO_PROXY"] = portable_no_proxy(request.no_proxy, ())
    if request.ca_bundle:
        found["NODE_EXTRA_CA_CERTS"] = f"{CONFIG_FOLDER}/{_BUNDLE}"
    return found


def _egress(plan: Plan) -> tuple[int, ...]:
    if not plan.request.proxy_url:
        return (443, _POSTGRES_PORT)
    parts = urlsplit(plan.request.proxy_url.replace("${", "").replace("}", ""))
    return (443, _POSTGRES_PORT, parts.port or (443 if parts.scheme == "https" else 80))
