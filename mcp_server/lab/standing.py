"""The laboratory's Vertex AI as a process of its own, for ``llm-gateway up --lab``: same port after every start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from mcp_server.lab.vertex import VertexEmulator

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def main() -> None:
    """Entry point: port and folder for the service account's key file are the arguments."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    emulator = VertexEmulator()
    emulator.identity.service_account(folder, f"http://127.0.0.1:{port}/token")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await emulator(scope, receive, send)
        emulator.forget()  # it stands for days; nobody reads what was asked

    options = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    uvicorn.run(app, host="127.0.0.1", port=port, **options)  # type: ignore[arg-type]
