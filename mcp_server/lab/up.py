"""The laboratory for people: a provider emulator, optionally the real LiteLLM before it, and faults switched on."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mcp_server.errors import UsageError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.faults import Fault, named, serve
from mcp_server.lab.relay import Relay
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator

Provider = Literal["anthropic", "vertex", "bedrock"]
PROVIDERS: tuple[Provider, ...] = ("anthropic", "vertex", "bedrock")
GATEWAYS = ("none", "litellm", "claude-gateway")
CLAUDE = "claude-opus-5-5"
GEMINI = "gemini-2.5-pro"
_ON_BEDROCK = "us.anthropic.claude-opus-5-5"
_PROVIDER_KEY = "provider-key-of-the-laboratory"


@dataclass(frozen=True)
class Up:
    """A laboratory that is up."""

    exports: Mapping[str, str]
    """Variables of a shell in which Claude Code and llm-gateway use it. The credentials in it work nowhere else."""
    model: str
    faults: Sequence[Fault]
    log: Path | None = None
    """The gateway's log, while it runs."""


@asynccontextmanager
async def up(
    provider: Provider = "anthropic",
    gateway: str = "none",
    faults: Sequence[str] = (),
    report: Callable[[str], None] | None = None,
) -> AsyncIterator[Up]:
    """Everything for the duration of the block, on loopback only; nothing of it is left afterwards.

    Raises:
        UsageError: an unknown fault, or one that has no place in this laboratory.
        GatewayError: the gateway, or what it needs, cannot be installed or does not start.
    """
    chosen = _checked(named(faults), provider, gateway)
    ids = {place: [f.id for f in chosen if f.place == place] for place in ("front", "upstream")}
    with tempfile.TemporaryDirectory(prefix="llm-gateway-lab-") as name:
        folder = Path(name)
        if gateway == "claude-gateway":
            async with _company(provider, folder, ids["upstream"], report) as (url, token, log):
                with serve(Relay(url), ids["front"]) as served:
                    exports = _anthropic(served.base_url, token, CLAUDE, served.environment)
                    # A client with a token sends more than a signed-in one, and cloud providers refuse some of it.
                    more = {} if provider == "anthropic" else {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}
                    yield Up({**exports, **more}, CLAUDE, chosen, log)
            return
        with _provider(provider, folder, ids["upstream"] if gateway == "litellm" else ids["front"]) as there:
            if gateway == "none":
                yield Up(there.client, there.model, chosen)
                return
            async with _litellm(there.deployment, folder, report) as (url, key, log):
                with serve(Relay(url), ids["front"]) as served:
                    exports = _anthropic(served.base_url, key, there.model, served.environment)
                    # Results of the client's tool search reach other models than Claude as empty text.
                    more = {"ENABLE_TOOL_SEARCH": "false"} if there.model == GEMINI else {}
                    yield Up({**exports, **more}, there.model, chosen, log)


def _checked(faults: list[Fault], provider: Provider, gateway: str) -> list[Fault]:
    for fault in faults:
        if fault.place == "upstream" and gateway == "none":
            raise UsageError(
                f"{fault.id} sits between a gateway and its provider, and this laboratory has no gateway.",
                "Add --gateway litellm or --gateway claude-gateway.",
            )
        google = fault.id.startswith("vertex-")
        if fault.place == "upstream" and google != (provider == "vertex"):
            wanted = "vertex" if google else "anthropic"
            raise UsageError(f"{fault.id} is no fault of the provider {provider}.", f"Use --provider {wanted}.")
        if fault.place == "front" and gateway == "none" and provider != "anthropic" and fault.stand is None:
            raise UsageError(
                f"{fault.id} is a fault of the Messages API; without a gateway the client speaks {provider}'s format.",
                "Add --gateway litellm or --gateway claude-gateway, or use --provider anthropic.",
            )
    return faults


@dataclass(frozen=True)
class _There:
    """A provider that is up: how a client reaches it directly, and a LiteLLM deployment that uses it."""

    client: Mapping[str, str]
    deployment: Mapping[str, Any]
    model: str


@contextmanager
def _provider(provider: Provider, folder: Path, faults: Sequence[str]) -> Iterator[_There]:
    if provider == "anthropic":
        with serve(AnthropicEmulator(credential=_PROVIDER_KEY), faults) as served:
            client = _anthropic(served.base_url, _PROVIDER_KEY, CLAUDE, served.environment)
            yield _There(client, anthropic_deployment(served.base_url, _PROVIDER_KEY), CLAUDE)
    elif provider == "bedrock":
        aws = BedrockEmulator()
        with serve(aws, faults) as served:
            switches = {"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BEDROCK_BASE_URL": served.base_url}
            client = {**switches, **aws.environment, **served.environment}
            yield _There(client, bedrock_deployment(served.base_url, aws.environment), CLAUDE)
    else:
        google = VertexEmulator()
        # Tokens are fetched from the emulator itself, so that a fault of the provider does not hit the login.
        with running(google) as login, serve(google, faults) as served:
            credentials = google.identity.service_account(folder, f"{login}/token")
            client = {
                "CLAUDE_CODE_USE_VERTEX": "1",
                "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1",
                "ANTHROPIC_VERTEX_BASE_URL": f"{served.base_url}/v1",
                "ANTHROPIC_VERTEX_PROJECT_ID": google.project,
                "CLOUD_ML_REGION": "global",
                "ANTHROPIC_AUTH_TOKEN": google.identity.token(),
                **served.environment,
            }
            yield _There(client, vertex_deployment(served.base_url, google.project, credentials), GEMINI)


def anthropic_deployment(api_base: str, key: str) -> dict[str, Any]:
    """``litellm_params`` of Claude at an emulator of Anthropic's API."""
    return {"model": f"anthropic/{CLAUDE}", "api_key": key, "api_base": api_base}


def bedrock_deployment(endpoint: str, account: Mapping[str, str]) -> dict[str, Any]:
    """``litellm_params`` of Claude at an emulator of Bedrock; ``account``: its AWS variables."""
    return {
        "model": f"bedrock/{_ON_BEDROCK}",
        "aws_bedrock_runtime_endpoint": endpoint,
        "aws_access_key_id": account["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": account["AWS_SECRET_ACCESS_KEY"],
        "aws_region_name": account["AWS_REGION"],
    }


def vertex_deployment(api_base: str, project: str, credentials: Path) -> dict[str, Any]:
    """``litellm_params`` of Gemini at an emulator of Vertex AI."""
    from mcp_server.catalogue.models import models

    gemini = models()[GEMINI]
    place = {"vertex_project": project, "vertex_location": gemini.default_location}
    return {
        "model": gemini.litellm_model,
        **place,
        **gemini.litellm_params,
        "api_base": api_base,
        "vertex_credentials": str(credentials),
    }


@asynccontextmanager
async def _litellm(
    deployment: Mapping[str, Any], folder: Path, report: Callable[[str], None] | None
) -> AsyncIterator[tuple[str, str, Path]]:
    import yaml

    from mcp_server.catalogue.models import models
    from mcp_server.run.litellm import litellm_gateway
    from mcp_server.run.programs import litellm_python

    key = f"sk-laboratory-{secrets.token_hex(12)}"
    # Whatever name the client asks for, tiers and background calls included, is served.
    config = {
        "model_list": [{"model_name": "*", "litellm_params": dict(deployment)}],
        "litellm_settings": {"drop_params": True, **models()[GEMINI].requires},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": key},
    }
    file, log = folder / "litellm-config.yaml", folder / "litellm.log"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    async with litellm_gateway(litellm_python(report), file, environment={}, log=log, inherit=False) as gateway:
        yield gateway.base_url, key, log


@asynccontextmanager
async def _company(
    provider: Provider, folder: Path, faults: Sequence[str], report: Callable[[str], None] | None
) -> AsyncIterator[tuple[str, str, Path]]:
    """The real ``claude gateway`` with its database and a sign-in service; (address, token, log)."""
    from mcp_server.lab.claude_gateway_stack import company_gateway

    @contextmanager
    def serving(emulator: Emulator) -> Iterator[str]:
        with serve(emulator, faults) as served:
            yield served.base_url

    emulators = {"anthropic": AnthropicEmulator, "vertex": VertexEmulator, "bedrock": BedrockEmulator}
    async with company_gateway(folder, emulators=[emulators[provider]()], serving=serving, report=report) as company:
        yield company.base_url, await company.sign_in(), company.gateway.log


def _anthropic(base_url: str, key: str, model: str, more: Mapping[str, str]) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": base_url, "ANTHROPIC_AUTH_TOKEN": key, "ANTHROPIC_MODEL": model, **more}
