"""The laboratory put together: a generated configuration on the real LiteLLM in front of the providers' emulators."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mcp_server.answer import Answer, ConfigFile
from mcp_server.generate.build import generate
from mcp_server.generate.spec import MASTER_KEY_VARIABLE, LaboratoryEndpoint, parse_request
from mcp_server.lab.clouds import Clouds, clouds
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.run import programs
from mcp_server.run.litellm import litellm_gateway
from mcp_server.snapshot import Snapshot

Report = Callable[[str], None]


@dataclass(frozen=True)
class Generated:
    """Files that ``generate`` wrote for the laboratory, and what the client needs to use them."""

    answer: Answer
    gateway_file: Path
    master_key: str = field(repr=False)
    settings_environment: Mapping[str, str]
    """The ``env`` block of the generated settings.json, unchanged."""


@dataclass(frozen=True)
class Stack:
    """A running laboratory gateway."""

    base_url: str
    generated: Generated
    clouds: Clouds

    @property
    def emulator(self) -> VertexEmulator:
        """The emulator of Vertex AI. Raises KeyError when it is not part of this laboratory."""
        found = self.clouds.emulators["vertex"]
        assert isinstance(found, VertexEmulator)
        return found

    @property
    def client_environment(self) -> dict[str, str]:
        """What a Claude Code of this gateway has: the generated settings, the port of this run, the key."""
        return {
            **self.generated.settings_environment,
            "ANTHROPIC_BASE_URL": self.base_url,
            "ANTHROPIC_AUTH_TOKEN": self.generated.master_key,
        }

    def snapshot(self, client_version: str) -> Snapshot:
        """The machine of that client: its environment, no settings files."""
        return Snapshot(shell=self.client_environment, client_version=client_version)


def write_configuration(models: Sequence[str], folder: Path, emulator: VertexEmulator, upstream: str) -> Generated:
    """Generates for ``models`` on the emulator at ``upstream`` and writes the gateway file into ``folder``."""
    credentials = emulator.identity.service_account(folder, f"{upstream}/token")
    endpoint = LaboratoryEndpoint(api_base=upstream, vertex_credentials=str(credentials))
    return write_files({"models": list(models), "vertex_project": emulator.project}, folder, endpoint)


def write_files(arguments: Mapping[str, Any], folder: Path, endpoint: LaboratoryEndpoint) -> Generated:
    """Generates for ``arguments`` of generate_config on ``endpoint``; writes the gateway file into ``folder``."""
    answer = generate(parse_request({"gateway": "litellm", **arguments}), date.today(), endpoint)
    gateway_file = folder / "litellm-config.yaml"
    gateway_file.write_text(_file(answer, "litellm-config.yaml").content, encoding="utf-8")
    settings = json.loads(_file(answer, "settings.json").content)
    return Generated(answer, gateway_file, f"sk-laboratory-{secrets.token_hex(12)}", settings["env"])


@asynccontextmanager
async def laboratory(
    models: Sequence[str],
    folder: Path,
    *,
    providers: Sequence[str] = ("vertex",),
    arguments: Mapping[str, Any] | None = None,
    emulator: VertexEmulator | None = None,
    report: Report | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Stack]:
    """The whole stack for the duration of the block; ``folder`` must exist and takes every file.

    ``arguments``: further arguments of generate_config; ``environment``: further variables of the gateway.

    Raises:
        GatewayError: LiteLLM cannot be installed or does not start.
    """
    with clouds(folder, providers, vertex=emulator) as there:
        place = {"vertex_project": there.project} if "vertex" in providers else {}
        wanted = {"models": list(models), "providers": list(providers), **place, **(arguments or {})}
        generated = write_files(wanted, folder, there.endpoint)
        async with litellm_gateway(
            programs.litellm_python(report),
            generated.gateway_file,
            environment={**there.environment, **(environment or {}), MASTER_KEY_VARIABLE: generated.master_key},
            log=folder / "litellm.log",
        ) as gateway:
            yield Stack(gateway.base_url, generated, there)


def _file(answer: Answer, name: str) -> ConfigFile:
    return next(file for file in answer.config if file.path.endswith(name))
