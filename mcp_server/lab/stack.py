"""The laboratory put together: a generated configuration on the real LiteLLM in front of the Vertex emulator."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mcp_server.answer import Answer, ConfigFile
from mcp_server.generate.build import generate
from mcp_server.generate.spec import MASTER_KEY_VARIABLE, GenerateRequest, LaboratoryEndpoint
from mcp_server.lab.serve import running
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
    emulator: VertexEmulator

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
    answer = generate(
        GenerateRequest(gateway="litellm", models=tuple(models), vertex_project=emulator.project),
        date.today(),
        LaboratoryEndpoint(api_base=upstream, vertex_credentials=str(credentials)),
    )
    gateway_file = folder / "litellm-config.yaml"
    gateway_file.write_text(_file(answer, "litellm-config.yaml").content, encoding="utf-8")
    settings = json.loads(_file(answer, "settings.json").content)
    return Generated(answer, gateway_file, f"sk-laboratory-{secrets.token_hex(12)}", settings["env"])


@asynccontextmanager
async def laboratory(
    models: Sequence[str], folder: Path, *, emulator: VertexEmulator | None = None, report: Report | None = None
) -> AsyncIterator[Stack]:
    """The whole stack for the duration of the block; ``folder`` must exist and takes every file.

    Raises:
        GatewayError: LiteLLM cannot be installed or does not start.
    """
    emulator = emulator or VertexEmulator()
    with running(emulator) as upstream:
        generated = write_configuration(models, folder, emulator, upstream)
        async with litellm_gateway(
            programs.litellm_python(report),
            generated.gateway_file,
            environment={MASTER_KEY_VARIABLE: generated.master_key},
            log=folder / "litellm.log",
        ) as gateway:
            yield Stack(gateway.base_url, generated, emulator)


def _file(answer: Answer, name: str) -> ConfigFile:
    return next(file for file in answer.config if file.path.endswith(name))
