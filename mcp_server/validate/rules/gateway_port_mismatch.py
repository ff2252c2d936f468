"""The port that is published, probed or served is not the one LiteLLM listens on.

What: ports, containerPort, a probe or the targetPort of a Service with another number than --port or PORT (4000 when
    neither is given).
Why: nothing answers there: the connection is refused, and a probe never succeeds.
Fix: use the number of --port on the container side: "8080:4000".

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        ports: ["127.0.0.1:8080:8080"]

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        ports: ["127.0.0.1:8080:4000"]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, scalar, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import Container, gateways
from mcp_server.validate.kinds.docker_compose import published
from mcp_server.validate.kinds.kubernetes import Object, cluster
from mcp_server.validate.problem import Problem

ID = "gateway-port-mismatch"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        port = container.port
        if port is None or not container.is_official or "build" in container.node:
            continue
        if container.kind == "docker-compose":
            ports = published(container)
            if ports and all(p.target != str(port) for p in ports):
                first = ports[0]
                yield Problem(
                    f"the published container port is {first.target}, and LiteLLM listens on {port}",
                    "connections to the published port are refused",
                    f'write "{first.host or port}:{port}", or start LiteLLM with --port {first.target}',
                    first.mark,
                    first.path,
                    confidence="medium",
                )
        else:
            yield from _probes(container, port)
            yield from _declared(container, port)
    if context.kind == "kubernetes":
        yield from _services(document)


def _probes(container: Container, port: int) -> Iterator[Problem]:
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        node = container.node.get(probe)
        for how in ("httpGet", "tcpSocket"):
            target = node.get(how) if isinstance(node, Mapping) else None
            asked = target.get("port") if isinstance(target, Mapping) else None
            number = _number(asked, container)
            if asked is not None and number is not None and number != port:
                yield Problem(
                    f"the {probe} asks port {number}, and LiteLLM listens on {port}",
                    "the probe never succeeds",
                    f"write port: {port}, or start LiteLLM with --port {number}",
                    asked.mark,
                    f"{container.path}.{probe}.{how}.port",
                    confidence="medium",
                )


def _declared(container: Container, port: int) -> Iterator[Problem]:
    numbers = [(n, scalar(n)) for _, n in _ports(container)]
    if numbers and all(isinstance(v, int) and v != port for _, v in numbers):
        yield Problem(
            f"containerPort is {numbers[0][1]}, and LiteLLM listens on {port}",
            "the number only documents the port, but a Service or probe that uses its name goes wrong",
            f"write containerPort: {port}",
            numbers[0][0].mark,
            f"{container.path}.ports",
            severity="warning",
            confidence="medium",
        )


def _services(document: Document) -> Iterator[Problem]:
    view = cluster(document)
    pods = [(_labels(item, path), c) for item, path, _, group in view.groups for c in group if c.is_official]
    for item in view.objects:
        spec = item.node.get("spec") if item.kind == "Service" else None
        selector = spec.get("selector") if isinstance(spec, Mapping) else None
        ports = spec.get("ports") if isinstance(spec, Mapping) else None
        if not isinstance(selector, Mapping) or not isinstance(ports, Sequence):
            continue
        wanted = {e.name: text(e.value) for e in selector}.items()
        container = next((c for labels, c in pods if wanted and wanted <= labels.items()), None)
        port = container.port if container else None
        if container is None or port is None:
            continue
        nodes = [p.get("targetPort") or p.get("port") for p in ports.items if isinstance(p, Mapping)]
        targets = [(n, _number(n, container)) for n in nodes if n is not None]
        if targets and all(v is not None and v != port for _, v in targets):
            yield Problem(
                f"the Service leads to port {targets[0][1]}, and LiteLLM listens on {port}",
                "connections through the Service are refused",
                f"write targetPort: {port}",
                targets[0][0].mark,
                f"{item.path}.spec.ports",
                confidence="medium",
            )


def _labels(item: Object, path: str) -> dict[str, str | None]:
    """The labels of the pods of a workload."""
    node: Node | None = item.node
    for step in path.removeprefix(f"{item.path}.").split(".")[:-1]:
        node = node.get(step) if isinstance(node, Mapping) else None
    metadata = node.get("metadata") if isinstance(node, Mapping) else None
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return {e.name: text(e.value) for e in labels} if isinstance(labels, Mapping) else {}


def _ports(container: Container) -> Iterator[tuple[str, Node]]:
    node = container.node.get("ports")
    for item in node.items if isinstance(node, Sequence) else ():
        number = item.get("containerPort") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and number is not None:
            yield text(item.get("name")) or "", number


def _number(node: Node | None, container: Container) -> int | None:
    """The port number of a number, or of the name of a containerPort."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        value = next((scalar(n) for name, n in _ports(container) if name == value), None)
    return value if isinstance(value, int) else None
