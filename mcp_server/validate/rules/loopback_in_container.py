"""A container looks for another program on its own loopback address.

What: localhost, 127.0.0.1 or 0.0.0.0 in DATABASE_URL, REDIS_HOST, ANTHROPIC_BASE_URL and the like of a container, or
    in an api_base of a LiteLLM configuration that is written into the file.
Why: inside a container localhost is the container itself, so the connection is refused, although the same address
    works on the machine.
Fix: use the name of the service (http://litellm:4000, redis, db), or host.docker.internal for a program on the
    machine.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
      agent:
        image: node:22
        environment:
          ANTHROPIC_BASE_URL: http://localhost:4000

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
      agent:
        image: node:22
        environment:
          ANTHROPIC_BASE_URL: http://litellm:4000
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.redact import url
from mcp_server.validate import kinds
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import is_local, split
from mcp_server.validate.kinds.containers import Container, Setting, containers
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "loopback-in-container"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "warning"
#: Variables that name a program to connect to, and not where this one listens or is seen from outside.
_TARGETS = re.compile(
    r"(DATABASE|DIRECT|REDIS|POSTGRES|PG|MONGO\w*|QDRANT|LANGFUSE|OLLAMA|LITELLM|OPENAI|ANTHROPIC|AZURE|PROXY|VLLM|LLM)"
    r"(_\w+)?_(URL|URI|HOST|ENDPOINT|API_BASE|API_URL|BASE_URL)|PGHOST|OTEL_EXPORTER_OTLP(_\w+)?_ENDPOINT|OTEL_ENDPOINT"
    r"|(HTTPS?|ALL)_PROXY|https?_proxy|DATABASE_URL_READ_REPLICA"
)
_NOT_TARGETS = re.compile(r"PROXY_BASE_URL|.*_PUBLIC_.*|.*_(CALLBACK|REDIRECT)_.*")


def check(document: Document, context: Context) -> Iterator[Problem]:
    everyone = containers(document, context)
    answers = _Answers(everyone)
    for container in everyone:
        if not container.alone:
            continue
        for setting in container.settings:
            problem = _setting(container, setting, answers)
            if problem is not None and setting.path.startswith(container.path):
                yield problem
    yield from _configurations(document, context, everyone, answers)


def _setting(container: Container, setting: Setting, others: _Answers) -> Problem | None:
    value = (setting.value or "").strip()
    if not _TARGETS.fullmatch(setting.name) or _NOT_TARGETS.fullmatch(setting.name):
        return None
    if setting.name == "OLLAMA_HOST" and "ollama" in (container.repository or container.name):
        return None  # there it says where to listen
    if container.is_gateway and setting.name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"):
        return None  # client-variable-reaches-gateway
    address = _address(value)
    if address is None:
        return None
    host, port = address
    own = port is not None and container.is_gateway and port == container.port
    if own:
        return None
    answers = others.find(setting.name, port, container)
    name = f"{container.word} {container.name}"
    return Problem(
        f"{setting.name} of the {name} leads to {host}, which is this {container.word} itself",
        "the connection is refused: localhost inside a container is not the machine and not another "
        + ("service" if container.kind == "docker-compose" else "pod"),
        _fix(container, answers, port),
        setting.node.mark,
        setting.path,
        severity="error" if answers else None,
        confidence="high" if answers else "medium",
    )


def _configurations(
    document: Document, context: Context, everyone: list[Container], others: _Answers
) -> Iterator[Problem]:
    gateways = [c for c in everyone if c.is_gateway]
    if not gateways or not all(c.alone for c in gateways):
        return
    for part in kinds.get(context.kind).parts(document):
        if part.kind != "litellm":
            continue
        for deployment in litellm(part.document).deployments:
            node = deployment.params.get("api_base") if deployment.params else None
            address = _address(deployment.param("api_base") or "")
            if node is None or address is None:
                continue
            answers = others.find("API_BASE", address[1], gateways[0])
            yield Problem(
                f"the api_base {url(deployment.param('api_base') or '')} leads to the container of LiteLLM itself",
                "the connection is refused: localhost inside a container is not the machine",
                _fix(gateways[0], answers, address[1]),
                node.mark,
                f"{part.prefix}.{deployment.param_path('api_base')}",
                severity="error" if answers else None,
                confidence="high" if answers else "medium",
            )


def _address(value: str) -> tuple[str, int | None] | None:
    """Host and port of a URL or host that is a loopback address."""
    if "://" in value:
        parts = split(value)
        host, port = (parts.hostname or "", parts.port) if parts else ("", None)
    else:
        host, _, tail = value.partition(":")
        port = int(tail) if tail.isdigit() else None
    return (host, port) if is_local(host) else None


class _Answers:
    """Which container of the file is meant by a loopback address, looked up by what it serves."""

    def __init__(self, everyone: list[Container]) -> None:
        self._by: dict[str, list[Container]] = {}
        for container in everyone:
            image = (container.repository or container.name).lower()
            for word, key in (("redis", "REDIS"), ("valkey", "REDIS"), ("postgres", "DATABASE"), ("ollama", "11434")):
                if word in image:
                    self._by.setdefault(key, []).append(container)
            if container.is_gateway:
                self._by.setdefault(str(container.port), []).append(container)

    def find(self, name: str, port: int | None, asking: Container) -> Container | None:
        word = name.partition("_")[0]
        key = {"REDIS": "REDIS", "DATABASE": "DATABASE", "DIRECT": "DATABASE", "PGHOST": "DATABASE"}.get(
            word, str(port)
        )
        return next((c for c in self._by.get(key, ()) if c is not asking), None)


def _fix(container: Container, answers: Container | None, port: int | None) -> str:
    if container.kind == "docker-compose":
        if answers:
            return f"use the name of the service: {answers.name}{f':{port}' if port else ''}"
        return "use the name of the service, or host.docker.internal for a program on the machine"
    return "use the name of the Service object (NAME or NAME.NAMESPACE.svc)"
