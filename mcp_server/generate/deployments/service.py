"""A gateway as a long-running service, described once for every kind of deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.generate.providers.variables import Variable

#: Where the files of a service lie, in a container and on a host with systemd.
CONFIG_FOLDER = "/etc/llm-gateway"
#: Where files that hold a credential are mounted in a container.
SECRET_FOLDER = "/run/secrets"  # noqa: S105 - a folder
#: The only place in a container that can be written to: a file system of its own, in memory.
SCRATCH = "/tmp"  # noqa: S108 - inside the container
#: User and group without rights: nobody.
NOBODY = 65534


@dataclass(frozen=True)
class Service:
    """What every deployment needs to know of one gateway. Nothing here is a secret."""

    name: str
    """A DNS label: name of the container, of the Kubernetes objects, of the systemd unit."""
    title: str
    image: str
    """Image with a fixed tag."""
    arguments: tuple[str, ...]
    """Of the image's own entry point; files are named below ``CONFIG_FOLDER``."""
    program: tuple[str, ...]
    """The same for systemd: an absolute path, then its arguments. ``{port}`` stands for the port."""
    install: tuple[str, ...]
    """Shell lines (as root) that put the program there."""
    port: int
    files: Mapping[str, str]
    """Configuration file → its text."""
    variables: tuple[Variable, ...]
    """What it takes from outside, credentials among it."""
    live: str
    """Path that answers 200 while the process lives."""
    ready: str
    """Path that answers 200 when it can take requests."""
    health: tuple[str, ...]
    """Command inside the image that fails when ``live`` does not answer."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Plain variables."""
    made: Mapping[str, str] = field(default_factory=dict)
    """File that a command must make first (a CA bundle, say) → that command."""
    key_lines: tuple[str, ...] = ()
    """Shell lines that make and export what has to be invented (a random key)."""
    memory: int = 2048
    """Limit in MiB."""
    cpus: float = 2.0
    instances: int = 1
    database: str = ""
    """Name of its PostgreSQL database; empty: it needs none. The variable is DATABASE_URL."""
    redis: bool = False
    """Whether it reads REDIS_HOST, REDIS_PORT and REDIS_PASSWORD."""
    metrics: str = ""
    """Path of its Prometheus page; empty: none."""
    alert_rules: tuple[Mapping[str, Any], ...] = ()
    """Prometheus alerting rules."""
    egress: tuple[int, ...] = (443,)
    """TCP ports it must reach outside."""
    project: str = "llm-gateway"
    """Name of the Compose project."""
    update: tuple[str, ...] = ()
    """For systemd: how a new version comes and goes; empty: the link that ``install`` makes."""
    build: str = ""
    """Text of a Dockerfile, where nobody publishes an image; ``image`` is then the name it gets."""
    outside: int = 0
    """Port that people use, where it is not ``port``."""
    ends_tls: bool = False
    """It ends TLS itself and knows its people: it may be open to others without a front end."""
    health_port: int = 0
    """Plain-http port of ``live`` and ``ready`` inside a container, where ``port`` speaks TLS; 0: ``port``."""

    @property
    def public_port(self) -> int:
        return self.outside or self.port

    @property
    def plain(self) -> tuple[Variable, ...]:
        """Variables that hold the value itself."""
        return tuple(v for v in self.variables if not v.file)

    @property
    def required(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.required)

    def asked(self, *, but: tuple[str, ...] = ()) -> list[str]:
        """Shell lines that stop when a required variable is missing; none for what ``key_lines`` exports by itself."""
        own = "\n".join(self.key_lines)
        return [
            line
            for v in self.required
            if v.name not in but and f"export {v.name}=" not in own
            for line in (f"# {v.what}:", f': "${{{v.name}:?}}"; export {v.name}')
        ]

    @property
    def secret_files(self) -> tuple[Variable, ...]:
        """Variables that name a file with a credential."""
        return tuple(v for v in self.variables if v.file)
