"""The file of ``claude gateway`` (strict schema of Claude Code 2.1.330) and the commands that start it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.claude_apps_gateway.upstreams import reference
from mcp_server.generate.network import proxy_exports
from mcp_server.generate.shell import export

if TYPE_CHECKING:
    from mcp_server.generate.gateways.claude_apps_gateway.plan import Plan

CONFIG_FILE = "claude-gateway.yaml"
#: A cloud lags behind in the newest features: the client heals itself, with one refused call for each (measured).
CLOUD_SWITCH = {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}
_SESSION_HOURS = 8
_LARGEST_REQUEST = 33_554_432
_DATABASE, _JWT, _ADMIN_KEY = "GATEWAY_POSTGRES_URL", "GATEWAY_JWT_SECRET", "GATEWAY_ADMIN_KEY"
_TLS = {"cert": "/etc/claude-gateway/tls.crt", "key": "/etc/claude-gateway/tls.key"}


def files(plan: Plan) -> list[ConfigFile]:
    """The gateway's file and its start."""
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=yaml_text(config(plan), _header()),
            why="The gateway. Every secret is a variable of its environment, none stands here.",
        ),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=start_commands(plan),
            why="Stops at a variable that is not set; a service manager sets them from its secret store.",
        ),
    ]


def config(plan: Plan) -> dict[str, Any]:
    """The content of the file as plain data."""
    sections: dict[str, Any] = {"listen": _listen(plan)}
    if plan.networks:
        sections["access_control"] = {"allow_cidrs": list(plan.networks)}
    sections |= {
        "oidc": _oidc(plan),
        "session": {"jwt_secret": reference(_JWT), "ttl_hours": _SESSION_HOURS},
        "store": {"postgres_url": reference(_DATABASE)},
        "upstreams": [dict(upstream.entry) for upstream in plan.upstreams],
        "auto_include_builtin_models": True,
        "managed": {"policies": [{"cli": _policy(plan)}]},
        "limits": {"max_request_bytes": _LARGEST_REQUEST},
    }
    if plan.telemetry:
        sections["telemetry"] = {"forward_to": [{"url": reference("OTLP_URL"), "metrics": True, "logs": False}]}
    if plan.admin:
        sections["admin"] = {"write_keys": [{"id": "administrator", "key": reference(_ADMIN_KEY)}]}
        sections["enforcement"] = {"fail_closed_on_error": True}
    return sections


def variables(plan: Plan) -> dict[str, str]:
    """Every variable that the file refers to → what it is."""
    found = {
        _DATABASE: "the postgresql:// address, with user and password, of a database of its own",
        _JWT: "32 characters or more that nobody can guess: openssl rand -hex 32",
        "OIDC_ISSUER": "the issuer URL of your identity provider, exactly as its discovery document says it",
        "OIDC_CLIENT_ID": f"of an OIDC application with the redirect URI {plan.public_url}/oauth/callback",
        "OIDC_CLIENT_SECRET": "of the same application",
    }
    for upstream in plan.upstreams:
        found |= upstream.variables
    if plan.telemetry:
        found["OTLP_URL"] = "the https:// address of your OpenTelemetry collector"
    if plan.admin:
        found[_ADMIN_KEY] = "32 characters or more for the admin API: openssl rand -hex 32"
    return found


def start_commands(plan: Plan) -> str:
    """What a person types; a missing variable ends it with its meaning."""
    lines = [*_way_out(plan)]
    for name, meaning in variables(plan).items():
        lines += [f"# {name}: {meaning}", f': "${{{name}:?is not set}}"']
    lines += ["export " + " ".join(variables(plan))]
    if plan.only_loopback:
        lines += [
            "# only for an identity provider on this machine, which is refused otherwise:",
            "export CLAUDE_GATEWAY_ALLOW_LOOPBACK=1",
        ]
    return "\n".join([*lines, f"claude gateway --config {CONFIG_FILE}"]) + "\n"


def _way_out(plan: Plan) -> list[str]:
    lines = proxy_exports(plan.request, everything=True)
    if plan.request.ca_bundle:
        lines.append(export("NODE_EXTRA_CA_CERTS", plan.request.ca_bundle))
    return lines


def _listen(plan: Plan) -> dict[str, Any]:
    parts = urlsplit(plan.public_url)
    if plan.only_loopback:
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        return {"host": host, "port": parts.port or 80, "public_url": plan.public_url}
    if plan.tls_in_front or parts.scheme == "http":
        # Behind a front end of the same machine; another host's address goes into trusted_proxies and host.
        listen = {"host": "127.0.0.1", "port": 8080, "public_url": plan.public_url}
        return {**listen, "trusted_proxies": ["127.0.0.1"]}
    return {"host": "0.0.0.0", "port": parts.port or 443, "public_url": plan.public_url, "tls": dict(_TLS)}  # noqa: S104


def _oidc(plan: Plan) -> dict[str, Any]:
    oidc: dict[str, Any] = {
        "issuer": reference("OIDC_ISSUER"),
        "client_id": reference("OIDC_CLIENT_ID"),
        "client_secret": reference("OIDC_CLIENT_SECRET"),
    }
    if plan.groups:
        oidc["allowed_groups"] = list(plan.groups)
    if plan.domains:
        oidc["allowed_email_domains"] = list(plan.domains)
    return oidc


def _policy(plan: Plan) -> Mapping[str, Any]:
    """What every signed-in client gets as its managed settings."""
    policy: dict[str, Any] = {}
    if plan.models:
        policy["availableModels"] = list(plan.models)
        policy["model"] = plan.models[0]
    policy["env"] = dict(CLOUD_SWITCH) if plan.clouds else {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    return policy


def _header() -> tuple[str, ...]:
    return (
        "claude gateway, as Claude Code 2.1.330 reads it. Written by llm-gateway.",
        "Start: claude gateway --config " + CONFIG_FILE + " (PostgreSQL and the identity provider must be reachable).",
        "${NAME} is filled in from the environment of the program; it refuses to start when one is not set.",
    )
