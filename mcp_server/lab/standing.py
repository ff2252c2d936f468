"""A provider of the laboratory as a process of its own, for ``llm-gateway up --lab``: same port after every start."""

from __future__ import annotations

import configparser
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.vertex import VertexEmulator

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def main() -> None:
    """Entry point: provider, port and the folder for the file with its credentials are the arguments."""
    provider, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    emulator = _emulator(provider, port, folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await emulator(scope, receive, send)
        emulator.forget()  # it stands for days; nobody reads what was asked

    options: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    uvicorn.run(app, host="127.0.0.1", port=port, **options)


def _emulator(provider: str, port: int, folder: Path) -> Emulator:
    if provider == "anthropic":
        return AnthropicEmulator(credential=os.environ["ANTHROPIC_API_KEY"])
    if provider == "bedrock":
        aws = BedrockEmulator()
        _write_aws(folder / "aws-credentials", aws.environment)
        return aws
    google = VertexEmulator()
    google.identity.service_account(folder, f"http://127.0.0.1:{port}/token")
    return google


def _write_aws(path: Path, variables: dict[str, str]) -> None:
    """The account's keys as AWS programs read them, for its owner only."""
    file = configparser.ConfigParser(interpolation=None)
    file["default"] = {name.lower(): variables[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        file.write(stream)
