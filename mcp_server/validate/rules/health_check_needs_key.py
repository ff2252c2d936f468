"""The health check of the gateway asks a path that needs a key.

What: /health, /models or another path with authentication in a healthcheck or probe, without Authorization header.
Why: LiteLLM answers 401 or 500, so the container never becomes healthy: Compose keeps dependent services waiting,
    Kubernetes sends no traffic or restarts the pod for ever. With a key, /health calls every model and costs money.
Fix: ask /health/liveliness (alive) and /health/readiness (ready, with database); neither needs a key.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:4000/health"]}

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:4000/health/liveliness"]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import Container, gateways
from mcp_server.validate.problem import Problem

ID = "health-check-needs-key"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "error"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_GUARDED = re.compile(r"/(?:v1/)?(?:health|models|model/info|key/info|chat/completions|messages)/?(?=$|[?\s\"'|&;)])")
_KEY = re.compile(r"(?i)authorization|bearer|x-api-key|x-litellm")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        if container.kind == "docker-compose":
            yield from _compose(container)
        else:
            for probe in PROBES:
                node = container.node.get(probe)
                if isinstance(node, Mapping):
                    yield from _probe(container, probe, node)


def _compose(container: Container) -> Iterator[Problem]:
    node = container.node.get("healthcheck")
    found = _command(node.get("test")) if isinstance(node, Mapping) else None
    if found:
        path, place = found
        yield Problem(
            f"the health check asks {path}, which needs a key",
            "LiteLLM answers an error without one, so the container never becomes healthy and what depends on it waits",
            "ask /health/liveliness or /health/readiness, which need no key",
            place.mark,
            f"{container.path}.healthcheck.test",
            severity="warning",
        )


def _probe(container: Container, probe: str, node: Mapping) -> Iterator[Problem]:
    get, run = node.get("httpGet"), node.get("exec")
    found: tuple[str, Node] | None = None
    if isinstance(get, Mapping):
        path, headers = get.get("path"), get.get("httpHeaders")
        match = _GUARDED.fullmatch((text(path) or "").partition("?")[0])
        names = (
            text(h.get("name")) or ""
            for h in (headers.items if isinstance(headers, Sequence) else ())
            if isinstance(h, Mapping)
        )
        if match and path is not None and not any(_KEY.search(n) for n in names):
            found = match[0], path
    elif isinstance(run, Mapping):
        found = _command(run.get("command"))
    if found:
        yield Problem(
            f"the {probe} asks {found[0]}, which needs a key",
            "LiteLLM answers an error without one, so Kubernetes "
            + ("sends the pod no traffic" if probe == "readinessProbe" else "restarts the container for ever"),
            "ask "
            + ("/health/readiness" if probe == "readinessProbe" else "/health/liveliness")
            + ", which needs no key",
            found[1].mark,
            f"{container.path}.{probe}",
        )


def _command(node: Node | None) -> tuple[str, Node] | None:
    items = node.items if isinstance(node, Sequence) else [node] if isinstance(node, Scalar) else []
    words = [(text(i) or "", i) for i in items]
    if any(_KEY.search(word) for word, _ in words):
        return None
    for word, item in words:
        match = _GUARDED.search(word)
        if match and re.search(r"https?://|localhost|127\.0\.0\.1", word):
            return match[0], item
    return None
