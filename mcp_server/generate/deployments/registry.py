"""Deployment → module with ``files(service)``, ``checks(service)`` and ``notes(service)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mcp_server.generate.deployments import docker, kubernetes, systemd

if TYPE_CHECKING:
    from mcp_server.answer import Check, ConfigFile
    from mcp_server.generate.deployments.service import Service


class Deployment(Protocol):
    """What a module of this folder offers."""

    def files(self, service: Service, /) -> list[ConfigFile]:
        """The files beside the gateway's own, and the commands that start, update and roll back."""

    def checks(self, service: Service, /) -> list[Check]:
        """What proves that it runs."""

    def notes(self, service: Service, /) -> list[str]:
        """What a reader must know."""


DEPLOYMENTS: dict[str, Deployment] = {"docker": docker, "kubernetes": kubernetes, "systemd": systemd}
