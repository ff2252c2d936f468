"""Every provider that a gateway can be generated for, as one laboratory: emulators, addresses, credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mcp_server.generate.spec import LaboratoryEndpoint
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.claude_facts import claude_models
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator

#: The key that the Anthropic emulator accepts.
ANTHROPIC_KEY = "provider-key-of-the-laboratory"


@dataclass(frozen=True)
class Clouds:
    """Emulators that are running, by the id of the provider."""

    emulators: Mapping[str, Emulator]
    endpoint: LaboratoryEndpoint
    """Where ``generate`` sends the gateway."""
    environment: Mapping[str, str] = field(repr=False)
    """Variables of the gateway's process, credentials among them; the same names as in earnest."""
    project: str

    def forget(self) -> None:
        """Drop what was recorded."""
        for emulator in self.emulators.values():
            emulator.forget()

    def models_called(self) -> dict[str, list[str]]:
        """Provider id → the models of its calls, in order."""
        return {name: [r.model for r in e.requests if r.model] for name, e in self.emulators.items()}


@contextmanager
def clouds(
    folder: Path, providers: Sequence[str] = ("vertex",), *, vertex: VertexEmulator | None = None
) -> Iterator[Clouds]:
    """The emulators of ``providers`` for the duration of the block; key files go into ``folder``."""
    emulators: dict[str, Emulator] = {}
    bases: dict[str, str] = {}
    environment: dict[str, str] = {}
    google = vertex or VertexEmulator()
    credentials = ""
    with ExitStack() as stack:
        for name in providers:
            if name == "vertex":
                emulators[name] = google
            elif name == "bedrock":
                aws = emulators[name] = BedrockEmulator()
                environment |= aws.environment
            else:
                known = tuple(claude_models())
                emulators[name] = AnthropicEmulator(credential=ANTHROPIC_KEY, models=known, strict_models=True)
                environment["ANTHROPIC_API_KEY"] = ANTHROPIC_KEY
            bases[name] = stack.enter_context(running(emulators[name]))
        if "vertex" in bases:
            credentials = str(google.identity.service_account(folder, f"{bases['vertex']}/token"))
        endpoint = LaboratoryEndpoint(
            api_base=bases.get("vertex", ""),
            vertex_credentials=credentials,
            bedrock=bases.get("bedrock", ""),
            anthropic=bases.get("anthropic", ""),
        )
        yield Clouds(emulators, endpoint, environment, google.project)
