"""Starts the real LiteLLM proxy as a child process and stops exactly that process again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from mcp_server.net.ports import free_port
from mcp_server.run.server import Gateway, server

#: ``-c`` instead of the ``litellm`` script: a script's first line names the folder it was installed in.
START = "from litellm.proxy.proxy_cli import run_server; run_server()"
#: The same with a folder of further packages as the first argument.
_START_WITH = f"import sys; sys.path.append(sys.argv.pop(1)); {START}"
#: Keeps LiteLLM from calling out at start (price map and blog posts).
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOCAL_BLOG_POSTS": "True"}


@asynccontextmanager
async def litellm_gateway(
    python: Path,
    config: Path,
    *,
    environment: Mapping[str, str],
    log: Path,
    port: int | None = None,
    ready_seconds: float = 90,
    inherit: bool = True,
    packages: Path | None = None,
) -> AsyncIterator[Gateway]:
    """A running LiteLLM for the duration of the block; ``environment`` is added to this process's own.

    Without ``inherit`` it gets nothing of this process's environment but PATH. ``packages``: a folder of Python
    packages that it finds beside its own.

    Raises:
        GatewayError: the port is taken, LiteLLM exits, or it is not ready within ``ready_seconds``.
    """
    port = port or free_port()
    own = os.environ if inherit else {"PATH": os.environ.get("PATH", os.defpath)}
    start = [START] if packages is None else [_START_WITH, str(packages)]
    place = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    async with server(
        "LiteLLM",
        [str(python), "-I", "-c", *start, *place],
        port=port,
        ready="/health/readiness",
        environment={**own, **OFFLINE, **environment},
        log=log,
        reason=reason,
        seconds=ready_seconds,
    ) as gateway:
        yield gateway


def reason(text: str) -> str:
    """The most telling line of LiteLLM's log: its last error line, else its last line."""
    lines = text.splitlines()
    return next((line for line in reversed(lines) if "rror" in line or "Exception" in line), lines[-1])
