"""Docker Compose: the gateway, with the PostgreSQL and Redis it needs, on one host."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Check, ConfigFile
from mcp_server.generate.deployments import prometheus
from mcp_server.generate.deployments.service import CONFIG_FOLDER, NOBODY, SCRATCH, SECRET_FOLDER
from mcp_server.generate.document import yaml_text

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service
    from mcp_server.generate.providers.variables import Variable

COMPOSE = "compose.yaml"
POSTGRES_IMAGE, REDIS_IMAGE = "postgres:17-alpine", "redis:7-alpine"
_USER = "LLM_GATEWAY_USER"
#: Variables that the services of this file give each other, and the secret behind each.
_OWN = {"DATABASE_URL": "POSTGRES_PASSWORD", "REDIS_HOST": "", "REDIS_PORT": "", "REDIS_PASSWORD": "REDIS_PASSWORD"}


def files(service: Service) -> list[ConfigFile]:
    """``compose.yaml``, the scrape configuration, and the commands."""
    return [
        ConfigFile(
            path=COMPOSE,
            language="yaml",
            content=yaml_text(compose(service), (f"{service.title} with Docker Compose. Written by llm-gateway.",)),
            why="The containers: no root, read-only, limited, checked. Every secret comes from the shell.",
        ),
        *dockerfile(service),
        *prometheus.files(service, [f"{service.name}:{service.port}"]),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=_commands(service),
            why="In the folder of the files above. The last lines are for later: a new version, and back.",
        ),
    ]


def dockerfile(service: Service) -> list[ConfigFile]:
    """The recipe of an image that nobody publishes."""
    if not service.build:
        return []
    why = "The image: nobody publishes one. Everything it runs has a fixed version."
    return [ConfigFile(path="Dockerfile", language="dockerfile", content=service.build, why=why)]


def compose(service: Service) -> dict[str, Any]:
    """The content of the Compose file."""
    services = {service.name: _gateway(service)}
    data: dict[str, Any] = {"name": service.project, "services": services}
    if service.database:
        services["postgres"] = _postgres(service)
        data["volumes"] = {"postgres-data": {}}
    if service.redis:
        services["redis"] = _redis()
    names = [*service.files, *service.made]
    data["configs"] = {_label(name): {"file": f"./{name}"} for name in names}
    if service.secret_files:
        data["secrets"] = {_label(v.file): {"file": _must(v)} for v in service.secret_files}
    return data


def _gateway(service: Service) -> dict[str, Any]:
    first = service.public_port
    host = f"{first}-{first + service.instances - 1}" if service.instances > 1 else str(first)
    # Without TLS of its own it is for a front end on this host.
    address = "" if service.ends_tls and service.instances == 1 else "127.0.0.1:"
    part: dict[str, Any] = {
        "image": service.image,
        **({"build": "."} if service.build else {}),
        "command": list(map(_literal, service.arguments)),
        **_hardened(f"${{{_USER}:-{NOBODY}:{NOBODY}}}"),
        "ports": [f"{address}{host}:{service.port}"],
        "environment": _environment(service),
        "configs": [
            {"source": _label(name), "target": f"{CONFIG_FOLDER}/{name}"} for name in (*service.files, *service.made)
        ],
    }
    if service.secret_files:
        part["secrets"] = [{"source": _label(v.file), "target": v.file} for v in service.secret_files]
    part["healthcheck"] = {
        "test": ["CMD", *map(_literal, service.health)],
        "interval": "15s",
        "timeout": "5s",
        "retries": 4,
        "start_period": "90s",
    }
    needed = [name for name, on in (("postgres", service.database), ("redis", service.redis)) if on]
    if needed:
        part["depends_on"] = {name: {"condition": "service_healthy"} for name in needed}
    part["stop_grace_period"] = "2m"
    part["deploy"] = {
        "replicas": service.instances,
        "resources": {"limits": {"cpus": str(service.cpus), "memory": f"{service.memory}M"}},
    }
    return part


def _hardened(user: str) -> dict[str, Any]:
    return {
        "restart": "unless-stopped",
        "init": True,
        "user": user,
        "read_only": True,
        "tmpfs": [SCRATCH],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}},
    }


def _environment(service: Service) -> dict[str, str | None]:
    """Plain settings; required variables, without which Compose refuses to start; the others are handed on if set."""
    found: dict[str, str | None] = {name: _literal(value) for name, value in service.settings.items()}
    for variable in service.variables:
        if variable.file:
            found[variable.name] = f"{SECRET_FOLDER}/{variable.file}"
        elif variable.name in _OWN:
            found[variable.name] = _inside(variable.name, service)
        else:
            found[variable.name] = _must(variable) if variable.required else None
    return found


def _inside(name: str, service: Service) -> str:
    if name == "DATABASE_URL":
        return f"postgresql://{service.name}:{_secret('POSTGRES_PASSWORD')}@postgres:5432/{service.database}"
    return {"REDIS_HOST": "redis", "REDIS_PORT": "6379"}.get(name) or _secret(name)


def _postgres(service: Service) -> dict[str, Any]:
    return {
        "image": POSTGRES_IMAGE,
        **_hardened("postgres"),
        "tmpfs": [SCRATCH, "/var/run/postgresql"],
        "environment": {
            "POSTGRES_USER": service.name,
            "POSTGRES_DB": service.database,
            "POSTGRES_PASSWORD": _secret("POSTGRES_PASSWORD"),
        },
        "volumes": ["postgres-data:/var/lib/postgresql/data"],
        "healthcheck": {
            "test": ["CMD", "pg_isready", "-U", service.name, "-d", service.database],
            "interval": "5s",
            "timeout": "5s",
            "retries": 12,
        },
        "deploy": {"resources": {"limits": {"cpus": "1.0", "memory": "1024M"}}},
    }


def _redis() -> dict[str, Any]:
    return {
        "image": REDIS_IMAGE,
        # The shell of the container reads the password, so that no process list shows it outside.
        "command": ["sh", "-c", 'exec redis-server --save "" --requirepass "$$REDIS_PASSWORD"'],
        **_hardened("redis"),
        "environment": {"REDIS_PASSWORD": _secret("REDIS_PASSWORD")},
        "healthcheck": {
            "test": ["CMD-SHELL", 'REDISCLI_AUTH="$$REDIS_PASSWORD" redis-cli ping | grep -q PONG'],
            "interval": "5s",
            "timeout": "5s",
            "retries": 12,
        },
        "deploy": {"resources": {"limits": {"cpus": "0.5", "memory": "256M"}}},
    }


def _must(variable: Variable) -> str:
    return f"${{{variable.name}:?{variable.name} is not set}}"


def _secret(name: str) -> str:
    return f"${{{name}:?{name} is not set}}"


def _literal(text: str) -> str:
    """A value that Compose must not interpolate."""
    return text.replace("$", "$$")


def _label(name: str) -> str:
    return name.replace(".", "-")


def _commands(service: Service) -> str:
    changed, get = "the tag of the image", "pull"
    if service.build:
        changed, get = "it in the Dockerfile and in the tag of the image", "build"
    lines = [*service.made.values(), *service.key_lines, *service.asked(but=tuple(_OWN))]
    for name, on in (("POSTGRES_PASSWORD", service.database), ("REDIS_PASSWORD", service.redis)):
        if on:
            lines += [
                f"# {name}: made once and kept by you (a secret manager, or a file that only you can read):",
                f'test -n "${name}" || read -rsp "{name}: " {name}; export {name}',
            ]
    lines += [
        "# the containers run as you, so that they can read the files above and nothing more:",
        f'export {_USER}="$(id -u):$(id -g)"',
        "docker compose config --quiet",
        *(["docker compose build --pull"] if service.build else []),
        "docker compose up --detach --wait",
        f"# a new version: change {changed}, then:",
        f"#   docker compose {get} && docker compose up --detach --wait {shlex.quote(service.name)}",
        "# back: put the old tag in again and repeat; stop everything, data kept: docker compose down",
    ]
    return "\n".join(lines) + "\n"


def checks(service: Service) -> list[Check]:
    """Whether Compose reads the file, and the containers stay up."""
    return [
        Check(
            title="Compose reads the file",
            status="todo",
            detail="In the shell with the variables.",
            command="docker compose config --quiet",
            expect="no message",
            if_not="export the variable it names",
        ),
        Check(
            title="the containers are healthy",
            status="todo",
            detail="The first start loads the images.",
            command="docker compose ps",
            expect=f"{service.name} is healthy",
            if_not=f"docker compose logs {service.name} shows the reason in its last lines",
        ),
    ]


def notes(service: Service) -> list[str]:
    """What this deployment does and leaves to the reader."""
    public = service.ends_tls and service.instances == 1
    found = [
        f"Docker: port {service.public_port} is open to the network; TLS ends in the container. "
        if public
        else "Docker: the port is open on this machine only (127.0.0.1). For others put a TLS front end before it. ",
    ]
    found[0] += "The start fails with the name of a variable that is missing; no value is written into a file."
    if service.instances > 1:
        found.append(
            f"Compose gives the {service.instances} instances the ports {service.public_port} to "
            f"{service.public_port + service.instances - 1}: a load balancer before them is yours. All on one host: "
            "this helps against a crash and for load, not against the loss of the host."
        )
    if service.database:
        found.append(
            "The volume postgres-data holds keys and spend: back it up (docker compose exec postgres pg_dump)."
        )
    return found
