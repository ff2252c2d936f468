"""The port of the gateway is published on all interfaces, over plain http.

What: ports: ["4000:4000"] at a LiteLLM service, without an address before the port.
Why: Docker publishes on every interface and past the host's firewall rules (ufw); prompts and keys then travel
    readable, and everybody who reaches the machine can try keys.
Fix: write 127.0.0.1:4000:4000 and let a reverse proxy with TLS reach it, or drop ports: other services of the file
    reach it without.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        ports: ["4000:4000"]

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        ports: ["127.0.0.1:4000:4000"]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import gateways
from mcp_server.validate.kinds.docker_compose import published
from mcp_server.validate.problem import Problem

ID = "port-published-openly"
KINDS: tuple[Kind, ...] = ("docker-compose",)
SEVERITY: Severity = "info"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        if container.option("--ssl_keyfile_path") or container.setting("SSL_KEYFILE_PATH"):
            continue
        for port in published(container):
            if port.address in ("", "0.0.0.0", "::", "[::]"):  # noqa: S104 - compared, never bound
                yield Problem(
                    "the gateway's port is published on all interfaces, over plain http",
                    "Docker opens it past the host's firewall rules; prompts and keys are readable on the way",
                    f"write 127.0.0.1:{port.host or port.target}:{port.target} and put a reverse proxy with TLS before "
                    "it; services of this file need no published port",
                    port.mark,
                    port.path,
                )
