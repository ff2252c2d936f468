"""Several instances of the gateway share nothing.

What: replicas above 1 for LiteLLM, with its configuration in the same file and no Redis in it.
Why: every instance counts rate limits, budgets per minute, cooldowns and cache for itself: limits are multiplied by
    the number of instances, and a failing deployment is tried again by each.
Fix: set redis_host, redis_port and redis_password in router_settings (os.environ/ references), and a database for
    keys and budgets.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        deploy: {replicas: 3}
        configs: [{source: config, target: /app/config.yaml}]
        command: ["--config", "/app/config.yaml"]
    configs:
      config:
        content: |
          model_list: []

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        deploy: {replicas: 3}
        configs: [{source: config, target: /app/config.yaml}]
        command: ["--config", "/app/config.yaml"]
    configs:
      config:
        content: |
          model_list: []
          router_settings:
            redis_host: os.environ/REDIS_HOST
            redis_port: os.environ/REDIS_PORT
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, scalar
from mcp_server.validate import kinds
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import Container
from mcp_server.validate.kinds.docker_compose import compose
from mcp_server.validate.kinds.kubernetes import cluster
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "replicas-without-redis"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    several = list(_compose(document) if context.kind == "docker-compose" else _kubernetes(document))
    if not several:
        return
    configurations = [litellm(p.document) for p in kinds.get(context.kind).parts(document) if p.kind == "litellm"]
    if not configurations or any(_shares(c) for c in configurations):
        return
    for container, node, path in several:
        names = {s.name for s in container.settings}
        if not names & {"REDIS_HOST", "REDIS_URL", "REDIS_CLUSTER_NODES"} and container.complete:
            yield Problem(
                f"{scalar(node)} instances of the gateway run without Redis",
                "each counts rate limits, cooldowns and cache for itself, so limits are multiplied by the instances",
                "set redis_host, redis_port and redis_password in router_settings",
                node.mark,
                path,
            )


def _compose(document: Document) -> Iterator[tuple[Container, Node, str]]:
    """Gateways with several instances, the number, and its path."""
    for container in (c for c in compose(document).containers if c.is_gateway):
        deploy = container.node.get("deploy")
        for path, node in (
            ("deploy.replicas", deploy.get("replicas") if isinstance(deploy, Mapping) else None),
            ("scale", container.node.get("scale")),
        ):
            if node is not None and _several(node):
                yield container, node, f"{container.path}.{path}"


def _kubernetes(document: Document) -> Iterator[tuple[Container, Node, str]]:
    view = cluster(document)
    scalers = [o for o in view.objects if o.kind == "HorizontalPodAutoscaler"]
    for item, _, _, containers in view.groups:
        spec = item.node.get("spec")
        gateways = [c for c in containers if c.is_gateway]
        if not gateways or not isinstance(spec, Mapping) or item.kind in ("Job", "CronJob"):
            continue
        found = [(f"{item.path}.spec.replicas", spec.get("replicas"))]
        found += [(f"{o.path}.spec", _minimum(o.node, item.name)) for o in scalers]
        path, node = next(((p, n) for p, n in found if n is not None and _several(n)), ("", None))
        if node is not None:
            yield gateways[0], node, path


def _several(node: Node) -> bool:
    value = scalar(node)
    return isinstance(value, int) and value > 1


def _minimum(scaler: Mapping, name: str) -> Node | None:
    spec = scaler.get("spec")
    target = spec.get("scaleTargetRef") if isinstance(spec, Mapping) else None
    if isinstance(spec, Mapping) and isinstance(target, Mapping) and scalar(target.get("name")) == name:
        return spec.get("minReplicas") or spec.get("maxReplicas")
    return None


def _shares(config: LiteLLMConfig) -> bool:
    cache = config.setting("litellm_settings", "cache_params")
    router = config.section("router_settings")
    return any(e.name.startswith("redis") for e in router) or (
        isinstance(cache, Mapping) and str(scalar(cache.get("type")) or "redis").startswith("redis")
    )
