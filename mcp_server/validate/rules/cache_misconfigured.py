"""The response cache cannot be built.

What: cache: true with a Redis cache but no host or url, an unknown cache type, a Redis host without a type, a parameter
    that Redis refuses, or cache: "true" and the like.
Why: LiteLLM builds the cache while it loads the file and does not start when that fails. A cache that is neither true
    nor false is taken for the cache itself, and every call answers 500.
Fix: give cache_params with type and host (or url), or set REDIS_HOST; for one instance type: local is enough.

Bad:
    litellm_settings:
      cache: true

Good:
    litellm_settings:
      cache: true
      cache_params:
        type: redis
        host: os.environ/REDIS_HOST
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Mapping, Node, Scalar, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name
from mcp_server.validate.schemas.value_types import FALSE, TRUE

ID = "cache-misconfigured"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Enough to find a Redis, as parameters and as variables.
HOSTS = ("host", "url", "redis_startup_nodes", "startup_nodes", "sentinel_nodes")
VARIABLES = ("REDIS_HOST", "REDIS_URL", "REDIS_CLUSTER_NODES", "REDIS_SENTINEL_NODES")


def _is_switch(node: Node) -> bool:
    if not isinstance(node, Scalar):
        return False
    return node.is_null or isinstance(node.value, bool) or node.text.startswith("os.environ/")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    entry = config.section("litellm_settings").entry("cache")
    if entry is not None and not _is_switch(entry.value):
        word = entry.value.text.strip().lower() if isinstance(entry.value, Scalar) else ""
        new = "true" if word in TRUE else "false" if word in FALSE else None
        yield Problem(
            f"cache is {entry.value.kind}, and must be true or false",
            "LiteLLM starts, and every call answers 500 (\"object has no attribute 'cache'\")",
            f"write cache: {new or 'true'} without quotes; its parameters belong under cache_params",
            entry.value.mark,
            "litellm_settings.cache",
            change=replace_node(entry.value, new, safe=True) if new else None,
        )
    if entry is None or not isinstance(entry.value, Scalar) or entry.value.value is not True:
        return
    node = config.setting("litellm_settings", "cache_params")
    params = node if isinstance(node, Mapping) else None
    given = params.get("type") if params else None
    # Without any parameter LiteLLM takes Redis, with some but no type the memory of the process (measured).
    kind = (text(given) or "") if given is not None else "local" if params else "redis"
    types = tuple(schema().data["cache_types"])
    if kind not in types and not kind.startswith("os.environ/"):
        close = close_name(kind, types)
        yield Problem(
            f"the cache type {kind} does not exist" if kind else "the type of the cache is empty",
            "LiteLLM fails while it loads the file (\"'Cache' object has no attribute 'cache'\")",
            (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(types)}",
            given.mark if given else entry.key.mark,
            "litellm_settings.cache_params.type",
        )
        return
    located = params is not None and any(not is_empty(params.get(name)) for name in HOSTS)
    if given is None and located:
        yield Problem(
            "the cache has a Redis host and no type",
            "LiteLLM then keeps answers in the memory of each process, and Redis is never asked",
            "add type: redis under cache_params",
            entry.key.mark,
            "litellm_settings.cache_params",
            severity="warning",
        )
    if not kind.startswith("redis"):
        return
    if not located and not any(context.is_set(name) for name in VARIABLES):
        yield Problem(
            "the Redis cache has neither host nor url",
            "LiteLLM does not start unless REDIS_HOST or REDIS_URL is set where it runs",
            "add host: and port: under cache_params, or use type: local for a single instance",
            (given.mark if given else entry.key.mark),
            "litellm_settings.cache_params",
        )
    for item in params or ():
        if kind == "redis" and item.name not in schema().names("cache_params"):
            close = close_name(item.name, tuple(schema().data["cache_params"]))
            yield Problem(
                f"Redis knows no parameter {item.name}",
                "LiteLLM passes it to the Redis client, which refuses it; the proxy does not start",
                f"did you mean {close}?" if close else "delete it",
                item.key.mark,
                f"litellm_settings.cache_params.{item.name}",
            )
