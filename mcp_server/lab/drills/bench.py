"""A drill's bench: the laboratory's providers, the real LiteLLM with the copy of the user's file, and a client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from mcp_server.errors import GatewayError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.drills.copying import Copy, Deployment, Shorten, copy_of, entries
from mcp_server.lab.drills.names import Name, names_of
from mcp_server.lab.drills.providers import aws_variables, provider_for
from mcp_server.lab.drills.reading import UserFile
from mcp_server.lab.drills.traffic import Client
from mcp_server.lab.drills.upstreams import Call, ClaudeOnVertex, Dialect, Upstreams
from mcp_server.lab.openai_chat import OpenAIChatEmulator
from mcp_server.lab.serve import running_on
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.lab.vertex_models import EmulatedModel, catalogue_models
from mcp_server.redact import quote
from mcp_server.run import programs
from mcp_server.run.litellm import litellm_gateway

Report = Callable[[str], None]
#: Nothing answers there: whatever LiteLLM wants from outside is refused at once.
_DEAD_END = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Bench:
    """What a drill works with. Names that the client may ask for are in ``names``, in the order of the file."""

    file: UserFile
    copy: Copy
    upstreams: Upstreams
    client: Client
    names: list[Name]
    log: Path = field(repr=False)

    def deployment(self, index: int) -> Deployment:
        return self.copy.deployments[index]

    def answered_by(self, marker: str) -> Deployment | None:
        """The deployment whose provider answered 200 to this call, the last one if there are several."""
        good = [call for call in self.upstreams.calls(marker) if call.status == 200 and not is_count(call)]
        return self.deployment(good[-1].deployment) if good else None

    def attempts(self, marker: str) -> list[Call]:
        """Every message call that this request of the client caused at a provider."""
        return [call for call in self.upstreams.calls(marker) if not is_count(call)]


def key_header(file: UserFile) -> str | None:
    """The header in which the file wants the gateway key, when it is one of its own."""
    name = file.setting("general_settings", "litellm_key_header_name")
    return name.lower() if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9-]+", name) else None


def is_count(call: Call) -> bool:
    """Whether a call only counts tokens."""
    return "count_tokens" in call.path or "count-tokens" in call.path or call.path.endswith(":countTokens")


@asynccontextmanager
async def bench(
    file: UserFile,
    folder: Path,
    shorten: Shorten,
    report: Report | None = None,
    *,
    prepare: Callable[[Copy], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Bench]:
    """Everything running for the duration of the block; ``folder`` takes every file.

    ``prepare`` may change the copy before LiteLLM reads it; ``environment`` is added to LiteLLM's.

    Raises:
        GatewayError: LiteLLM cannot be installed, or does not start with the copy.
    """
    import yaml

    program = await asyncio.to_thread(programs.litellm_python, report)
    upstreams = Upstreams()
    with running_on(upstreams, len(entries(file))) as ports:
        google = VertexEmulator(models=_vertex_models(file))
        credentials = google.identity.service_account(folder, f"http://127.0.0.1:{ports[0]}/token")
        copy = copy_of(file, ports, str(credentials), shorten)
        if prepare is not None:
            prepare(copy)
        emulators: dict[Dialect, ASGIApp] = {
            "anthropic": _below_any_path(AnthropicEmulator()),
            "vertex": google,
            "vertex-claude": ClaudeOnVertex(AnthropicEmulator()),
            "chat": OpenAIChatEmulator(),
        }
        amazon, accounts = _bedrock(copy)
        for deployment, port in zip(copy.deployments, ports, strict=True):
            dialect = deployment.provider.dialect
            emulator = amazon[deployment.provider.location or ""] if dialect == "bedrock" else emulators[dialect]
            upstreams.listen(port, deployment.index, dialect, _with_tokens(emulator, google))
        config = folder / "litellm-config.yaml"
        config.write_text(yaml.safe_dump(copy.config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        if report:
            report(f"starting the real LiteLLM {programs.versions()['litellm']} with a copy of {file.shown}")
        log = folder / "litellm.log"
        try:
            async with litellm_gateway(
                program,
                config,
                environment={**_surroundings(folder), **copy.environment, **accounts, **(environment or {})},
                log=log,
                inherit=False,
            ) as gateway:
                client = Client(gateway.base_url, copy.key, key_header(file) or "authorization")
                yield Bench(file, copy, upstreams, client, names_of(file), log)
        except GatewayError as error:
            if "LiteLLM" not in error.problem:
                raise
            raise GatewayError(
                f"the drill cannot run: with the copy of {file.shown}, {error.problem}",
                f"See what is wrong with it: llm-gateway validate {file.shown}",
            ) from error


def _bedrock(copy: Copy) -> tuple[dict[str, BedrockEmulator], dict[str, str]]:
    """One account for each region of the file, and the variables with its keys."""
    places = {d.provider.location or "" for d in copy.deployments if d.provider.dialect == "bedrock"}
    emulators = {place: BedrockEmulator(place) for place in sorted(places)}
    variables: dict[str, str] = {}
    for place, emulator in emulators.items():
        key_id, secret = aws_variables(place)
        own = emulator.environment
        variables |= {key_id: own["AWS_ACCESS_KEY_ID"], secret: own["AWS_SECRET_ACCESS_KEY"]}
    return emulators, variables


def _surroundings(folder: Path) -> dict[str, str]:
    """A LiteLLM of its own: no variable of this shell reaches it, and no connection leaves this machine."""
    loopback = "127.0.0.1,localhost"
    ways = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _DEAD_END)
    return {**ways, "NO_PROXY": loopback, "no_proxy": loopback, "HOME": str(folder), "LANG": "C.UTF-8"}


def _below_any_path(messages: ASGIApp) -> ASGIApp:
    """A Messages server whose API may lie below a path (DeepSeek's is below /anthropic)."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        before, found, after = scope["path"].rpartition("/v1/messages")
        await messages({**scope, "path": f"{found}{after}"} if before and found else scope, receive, send)

    return app


def _with_tokens(emulator: ASGIApp, google: VertexEmulator) -> ASGIApp:
    """Google's token endpoint beside the provider: one key file serves all deployments."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (google if scope["path"] == "/token" else emulator)(scope, receive, send)

    return app


def _vertex_models(file: UserFile) -> list[EmulatedModel]:
    """Every Gemini model of the file, served in the file's places: a drill is about routing, not about regions."""
    catalogue = {model.id: model for model in catalogue_models()}
    found: dict[str, EmulatedModel] = {}
    for item in entries(file):
        provider = provider_for(item["litellm_params"])
        if provider.dialect != "vertex":
            continue
        name = quote(provider.model.removeprefix("vertex_ai/"), 120).partition("@")[0]
        known = found.get(name) or catalogue.get(name)
        places = {provider.location or "", *(known.locations if known else ())} - {""}
        limits = (known.max_output, known.context) if known else (65_536, 1_048_576)
        found[name] = EmulatedModel("google", name, "gemini", tuple(sorted(places)), *limits)
    return list(found.values())
