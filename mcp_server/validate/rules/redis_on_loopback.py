"""Redis is expected on the machine of LiteLLM itself.

What: a Redis host, or a node of a Redis Cluster, of 127.0.0.1 or localhost.
Why: in a container the loopback address is the container itself. LiteLLM does not start when no node of a cluster
    answers; without a single Redis it starts late, with error lines, and without cache or shared limits.
Fix: name the host under which LiteLLM reaches Redis, or start Redis first.

Bad:
    litellm_settings:
      cache: true
      cache_params:
        type: redis
        redis_startup_nodes: [{host: 127.0.0.1, port: 7001}]

Good:
    litellm_settings:
      cache: true
      cache_params:
        type: redis
        redis_startup_nodes: [{host: redis-cluster.internal, port: 7001}]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "redis-on-loopback"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

LOOPBACK = ("127.", "localhost", "::1")
FIX = "name the host under which LiteLLM reaches Redis, or be sure that it runs there before LiteLLM"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    cache = config.setting("litellm_settings", "cache_params")
    params = cache if isinstance(cache, Mapping) else None
    nodes = params.get("redis_startup_nodes") if params else None
    for index, item in enumerate(nodes.items if isinstance(nodes, Sequence) else ()):
        host = item.get("host") if isinstance(item, Mapping) else None
        if host is not None and _is_loopback(host):
            yield Problem(
                f"the Redis Cluster node {text(host)} is the machine (or container) of LiteLLM itself",
                "LiteLLM connects to the cluster while it starts and does not start when no node answers",
                FIX,
                host.mark,
                f"litellm_settings.cache_params.redis_startup_nodes[{index}].host",
                confidence="medium",
            )
            return
    places = {
        "litellm_settings.cache_params.host": params.get("host") if params else None,
        "router_settings.redis_host": config.setting("router_settings", "redis_host"),
    }
    for path, node in places.items():
        if node is not None and _is_loopback(node):
            yield Problem(
                f"Redis is expected on {text(node)}, the machine (or container) of LiteLLM itself",
                "when nothing answers there LiteLLM starts with error lines and without cache or shared limits",
                FIX,
                node.mark,
                path,
                severity="info",
            )


def _is_loopback(node: Node) -> bool:
    return (text(node) or "").startswith(LOOPBACK)
