"""The laboratory behind ``up --lab``: which providers it stands in for, where, and the credentials that work there."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcp_server.run import gateway_state
from mcp_server.run.gateway_state import Service

if TYPE_CHECKING:
    from mcp_server.generate.spec import LaboratoryEndpoint

PROJECT = "laboratory"
AWS_REGION = "us-east-1"
ACCOUNT_FILE, AWS_FILE = "service-account.json", "aws-credentials"
_STAND = "from mcp_server.lab.standing import main; main()"


@dataclass(frozen=True)
class Laboratory:
    """One emulator for each provider, on ports that stay the same when it is started again."""

    endpoint: LaboratoryEndpoint
    services: tuple[Service, ...]
    environment: Mapping[str, str] = field(repr=False)
    """What LiteLLM gets in addition. Its credentials work nowhere else."""


def laboratory(providers: Sequence[str]) -> Laboratory:
    """For the provider ids ``vertex``, ``bedrock``, ``anthropic``.

    Raises:
        ModuleNotFoundError: its packages are not installed.
    """
    # Before anything is written: without the extra ``lab`` the command ends here.
    import mcp_server.lab.standing  # noqa: F401
    from mcp_server.generate.spec import LaboratoryEndpoint
    from mcp_server.net.ports import free_port

    folder = gateway_state.folder().absolute()
    key = {"ANTHROPIC_API_KEY": f"sk-laboratory-{secrets.token_hex(12)}"}
    aws = {
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / AWS_FILE),
        "AWS_CONFIG_FILE": str(folder / "no-aws-config"),  # not the user's own
        "AWS_REGION": AWS_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    needs: dict[str, dict[str, str]] = {"vertex": {}, "bedrock": aws, "anthropic": key}
    ports = {provider: free_port() for provider in providers}
    urls = {provider: f"http://127.0.0.1:{port}" for provider, port in ports.items()}
    services = tuple(
        Service(
            f"laboratory-{provider}",
            (sys.executable, "-I", "-c", _STAND, provider, str(port), str(folder)),
            port,
            f"laboratory-{provider}.log",
            needs[provider],
        )
        for provider, port in ports.items()
    )
    endpoint = LaboratoryEndpoint(
        api_base=urls.get("vertex", ""),
        vertex_credentials=str(folder / ACCOUNT_FILE),
        bedrock=urls.get("bedrock", ""),
        anthropic=urls.get("anthropic", ""),
    )
    merged = {name: value for provider in providers for name, value in needs[provider].items()}
    return Laboratory(endpoint, services, merged)
