"""The file of ``claude gateway`` (strict schema of Claude Code 2.1.330) and the commands that start it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.models import models
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.claude_apps_gateway.upstreams import reference, upstream_model
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
_TRUSTED = "TRUSTED_PROXY"


def text(plan: Plan) -> str:
    """The text of the gateway's file."""
    return yaml_text(config(plan), _header())


def files(plan: Plan) -> list[ConfigFile]:
    """The gateway's file, and its start or the files of its deployment."""
    file = ConfigFile(
        path=CONFIG_FILE,
        language="yaml",
        content=text(plan),
        why="The gateway. Every secret is a variable of its environment, none stands here.",
    )
    if plan.deployment != "local":
        from mcp_server.generate.gateways.claude_apps_gateway.service import service

        return [file, *DEPLOYMENTS[plan.deployment].files(service(plan, file.content))]
    return [
        file,
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
        "session": {"jwt_secret": reference(_JWT), "ttl_hours": plan.wishes.hours or _SESSION_HOURS},
        "store": {"postgres_url": reference(_DATABASE)},
        "upstreams": [dict(upstream.entry) for upstream in plan.upstreams],
        "auto_include_builtin_models": not plan.wishes.closed,
        **({"models": [_model(name, plan) for name in plan.every_model]} if plan.wishes.closed else {}),
        "managed": {"policies": _policies(plan)},
        "limits": {"max_request_bytes": _LARGEST_REQUEST},
    }
    if plan.telemetry:
        sections["telemetry"] = {"forward_to": [{"url": reference("OTLP_URL"), "metrics": True, "logs": False}]}
    if plan.admin:
        sections["admin"] = {"write_keys": [{"id": "administrator", "key": reference(_ADMIN_KEY)}]}
        sections["enforcement"] = {"fail_closed_on_error": True}
    if plan.wishes.multiplier is not None:
        sections["pricing"] = {"multiplier": plan.wishes.multiplier}
    return sections


def _model(name: str, plan: Plan) -> dict[str, Any]:
    """One entry of the closed list, with the name that each upstream knows it by."""
    known = models().get(name)
    return {
        "id": name,
        "label": known.title if known else name,
        "upstream_model": {str(up.entry["provider"]): upstream_model(name, up.entry) for up in plan.upstreams},
    }


def _policies(plan: Plan) -> list[dict[str, Any]]:
    """The groups' own first: the first policy that matches counts, and the last one matches everybody."""
    own = [{"match": {"groups": [group]}, "cli": _policy(plan, names)} for group, names in plan.wishes.policies]
    return [*own, {"cli": _policy(plan, plan.models)}]


def variables(plan: Plan) -> dict[str, str]:
    """Every variable that the file refers to → what it is."""
    found = {
        _DATABASE: "the postgresql:// address, with user and password, of a database of its own",
        _JWT: "32 characters or more that nobody can guess: openssl rand -hex 32",
        "OIDC_ISSUER": "the issuer URL of your identity provider, exactly as its discovery document says it",
        "OIDC_CLIENT_ID": f"of an OIDC application with the redirect URI {plan.public_url}/oauth/callback",
        "OIDC_CLIENT_SECRET": "of the same application",
    }
    if plan.contained:
        found[_TRUSTED] = "address or network of the front end that ends TLS, as the gateway sees it (like 10.0.0.0/8)"
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
    if plan.contained:
        everybody = {"host": "0.0.0.0", "port": plan.port, "public_url": plan.public_url}  # noqa: S104
        return {**everybody, "trusted_proxies": [reference(_TRUSTED)]}
    if plan.deployment == "systemd" and plan.instances > 1:
        # One file for all: systemd gives each instance its port.
        behind = {"host": "127.0.0.1", "port": reference("PORT"), "public_url": plan.public_url}
        return {**behind, "trusted_proxies": ["127.0.0.1"]}
    if plan.only_loopback:
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        return {"host": host, "port": parts.port or 80, "public_url": plan.public_url}
    if not plan.tls_inside:
        # Behind a front end of the same machine; another host's address goes into trusted_proxies and host.
        listen = {"host": "127.0.0.1", "port": plan.port, "public_url": plan.public_url}
        return {**listen, "trusted_proxies": ["127.0.0.1"]}
    # Where systemd puts the credentials of the unit, else where the reader does.
    folder = "/run/credentials/claude-gateway.service" if plan.deployment == "systemd" else "/etc/claude-gateway"
    tls = {"cert": f"{folder}/tls.crt", "key": f"{folder}/tls.key"}
    return {"host": "0.0.0.0", "port": plan.port, "public_url": plan.public_url, "tls": tls}  # noqa: S104


def _oidc(plan: Plan) -> dict[str, Any]:
    oidc: dict[str, Any] = {
        "issuer": reference("OIDC_ISSUER"),
        "client_id": reference("OIDC_CLIENT_ID"),
        "client_secret": reference("OIDC_CLIENT_SECRET"),
    }
    if plan.wishes.groups:
        oidc["allowed_groups"] = list(plan.wishes.groups)
    if plan.domains:
        oidc["allowed_email_domains"] = list(plan.domains)
    return oidc


def _policy(plan: Plan, names: tuple[str, ...]) -> Mapping[str, Any]:
    """What a signed-in client gets as its managed settings; the gateway itself refuses other models, too."""
    policy: dict[str, Any] = {}
    if names:
        policy["availableModels"] = list(names)
        policy["model"] = names[0]
    policy["env"] = dict(CLOUD_SWITCH) if plan.clouds else {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    return policy


def _header() -> tuple[str, ...]:
    return (
        "claude gateway, as Claude Code 2.1.330 reads it. Written by llm-gateway.",
        "Start: claude gateway --config " + CONFIG_FILE + " (PostgreSQL and the identity provider must be reachable).",
        "${NAME} is filled in from the environment of the program; it refuses to start when one is not set.",
    )
