"""The reverse proxies as long-running services."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.generate.deployments.service import CONFIG_FOLDER, Service
from mcp_server.generate.gateways.custom import envoy, nginx
from mcp_server.generate.gateways.custom.plan import CA_FILE
from mcp_server.generate.providers.variables import Variable

if TYPE_CHECKING:
    from mcp_server.answer import ConfigFile
    from mcp_server.generate.gateways.custom.plan import Plan

#: Images of the newest releases whose files the tests run, by their publishers.
IMAGES = {"nginx": "nginx:1.28-alpine", "envoy": "envoyproxy/envoy:v1.40.0"}
_ENVOY = "1.40.0"
#: Folder, beside the files, in which the commands make the keys.
SECRETS = "secrets"
_WORKERS = 2
_KEYS, _PROVIDER_KEY = "GATEWAY_KEYS_FILE", "PROVIDER_KEY_FILE"
_NAMES = {"nginx": ("keys.conf", "provider-key.conf"), "envoy": ("keys", "provider-key")}
#: The image has neither curl nor wget.
_ENVOY_HEALTH = (
    "exec 3<>/dev/tcp/127.0.0.1/{port} && "
    r"printf 'GET /healthz HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n' >&3 && head -n 1 <&3 | grep -q 200"
)


def config_files(plan: Plan) -> list[ConfigFile]:
    """The files that are mounted, without those of the deployment."""
    if plan.program == "nginx":
        return [nginx.main_file(plan, _WORKERS), nginx.config_file(plan)]
    return envoy.config_files(plan)


def service(plan: Plan) -> Service:
    """The service of ``plan``."""
    mounted = {file.path: file.content for file in config_files(plan)}
    place = plan.place
    return Service(
        name=plan.service_name,
        title=plan.title,
        image=IMAGES[plan.program],
        arguments=(plan.program, *_arguments(plan)),
        program=(_PROGRAMS[plan.program], *_arguments(plan)),
        install=_install(plan),
        port=place.port,
        files=mounted,
        made={CA_FILE: f"cp {shlex.quote(plan.request.ca_bundle)} {CA_FILE}"} if plan.request.ca_bundle else {},
        key_lines=tuple(_key_lines(plan)),
        variables=tuple(_variables(plan)),
        live="/healthz",
        ready="/healthz",
        health=_health(plan),
        settings={},
        memory=512,
        cpus=float(_WORKERS),
        instances=plan.instances,
        egress=(plan.upstream.port,),
        project=plan.service_name,
        update=_update(plan),
        outside=plan.port,
        ends_tls=plan.tls,
        health_port=place.health_port,
    )


_PROGRAMS = {"nginx": "/usr/sbin/nginx", "envoy": "/opt/llm-gateway/claude-envoy/envoy"}


def _arguments(plan: Plan) -> tuple[str, ...]:
    if plan.program == "nginx":
        return ("-e", "stderr", "-c", f"{CONFIG_FOLDER}/{nginx.MAIN_FILE}")
    file = f"{CONFIG_FOLDER}/{envoy.CONFIG_FILE}"
    return ("-c", file, "--disable-hot-restart", "--concurrency", str(_WORKERS))


def _health(plan: Plan) -> tuple[str, ...]:
    port = plan.place.health_port
    if plan.program == "nginx":
        return ("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}/healthz")
    return ("bash", "-c", _ENVOY_HEALTH.format(port=port))


def _variables(plan: Plan) -> list[Variable]:
    keys, provider = _NAMES[plan.program]
    found = [
        Variable(_KEYS, "the keys of your people", file=keys),
        Variable(_PROVIDER_KEY, "the provider's key", file=provider),
    ]
    if plan.tls:
        found += [
            Variable("TLS_CERTIFICATE_FILE", f"file with the certificate of {plan.host} and its chain", file="tls.crt"),
            Variable("TLS_KEY_FILE", "file with its private key", file="tls.key"),
        ]
    return found


def _key_lines(plan: Plan) -> list[str]:
    """The key files, made beside the other files, and where they are. A line taken away locks a person out."""
    make = nginx.key_commands if plan.program == "nginx" else envoy.key_commands
    keys, provider = _NAMES[plan.program]
    return [
        *make(plan, SECRETS),
        f'export {_KEYS}="$PWD/{SECRETS}/{keys}"',
        f'export {_PROVIDER_KEY}="$PWD/{SECRETS}/{provider}"',
    ]


def _install(plan: Plan) -> tuple[str, ...]:
    if plan.program == "nginx":
        return (
            "# the program; the service that the package brings is another one, and not needed:",
            "apt-get install --yes --no-install-recommends nginx && systemctl disable --now nginx",
        )
    folder = f"/opt/llm-gateway/envoy-{_ENVOY}"
    release = f"https://github.com/envoyproxy/envoy/releases/download/v{_ENVOY}/envoy-{_ENVOY}-linux-x86_64"
    return (
        f"install -d -m 0755 {folder}",
        f"curl -fsSL -o {folder}/envoy {release} && chmod 0755 {folder}/envoy",
        f"ln -sfn {folder} /opt/llm-gateway/claude-envoy",
    )


def _update(plan: Plan) -> tuple[str, ...]:
    if plan.program == "envoy":
        return ()
    unit = plan.service_name
    return (
        f"# a new version comes with the system's updates: systemctl restart {unit}; back:",
        f"#   apt-get install --allow-downgrades nginx=<the version before> && systemctl restart {unit}",
        f"# other files or keys: run these commands again, then systemctl restart {unit}",
    )
