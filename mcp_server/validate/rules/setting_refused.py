"""A setting has a form with which LiteLLM does not start.

What: an entry that is no mapping (mcp_servers, pass_through_endpoints, provider budgets, custom providers), an MCP
    server whose name has a hyphen, a custom provider without handler, a pattern that is no regular expression, a time
    of day that is none, a cache without the place it needs.
Why: LiteLLM fails while it loads the file, with a message that names neither place nor remedy.
Fix: write the form that the message names.

Bad:
    mcp_servers:
      my-files: {url: "https://mcp.example.com/mcp", transport: http}

Good:
    mcp_servers:
      my_files: {url: "https://mcp.example.com/mcp", transport: http}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.value_types import NUMBER

ID = "setting-refused"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
STOPS = "LiteLLM does not start"

#: Lists and mappings whose entries must be mappings, with the keys an entry cannot do without (measured).
ENTRIES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("mcp_servers",): (),
    ("policies",): (),
    ("search_tools",): (),
    ("mcp_tools",): (),
    ("general_settings", "search_tools"): (),
    ("general_settings", "team_metadata_schema"): (),
    ("general_settings", "pass_through_endpoints"): (),
    ("litellm_settings", "custom_provider_map"): ("provider", "custom_handler"),
    ("router_settings", "provider_budget_config"): (),
    ("router_settings", "routing_groups"): ("group_name", "models", "routing_strategy"),
}
#: Settings that must be a mapping or a list, whatever stands in it.
SHAPES: dict[tuple[str, str], type[Mapping] | type[Sequence]] = {
    ("litellm_settings", "responses"): Mapping,
    ("general_settings", "litellm_jwtauth"): Mapping,
    ("general_settings", "role_permissions"): Sequence,
    ("general_settings", "search_tools"): Sequence,
}
#: Cache types and the parameters without which they stop the start.
CACHES = {
    "azure-blob": ("azure_account_url", "azure_blob_container"),
    "qdrant-semantic": ("qdrant_collection_name", "similarity_threshold"),
    "redis-semantic": ("similarity_threshold",),
}
TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for place, required in ENTRIES.items():
        node = config.root.get(place[0]) if len(place) == 1 else config.setting(*place)
        for path, entry in _entries(node, ".".join(place)):
            yield from _entry(entry, path, required)
    for (section, key), shape in SHAPES.items():
        node = config.setting(section, key)
        if node is not None and not is_empty(node) and not isinstance(node, shape):
            wanted = "a mapping" if shape is Mapping else "a list"
            yield Problem(f"{key} is {node.kind}, and must be {wanted}", STOPS, f"write {wanted}", node.mark, key)
    yield from _server_names(config)
    yield from _assistants(config)
    yield from _formats(config)
    yield from _cache(config)


def _entries(node: Node | None, path: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Sequence):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(node.items))
    elif isinstance(node, Mapping):
        yield from ((f"{path}.{entry.name}", entry.value) for entry in node)


def _entry(entry: Node, path: str, required: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield Problem(
            f"this entry of {path.rpartition('.')[2].partition('[')[0]} is {entry.kind}, and must be a mapping",
            STOPS,
            "write key: value lines",
            entry.mark,
            path,
        )
        return
    missing = [key for key in required if is_empty(entry.get(key))]
    if missing:
        yield Problem(f"this entry lacks {' and '.join(missing)}", STOPS, f"add {missing[0]}:", entry.mark, path)


def _server_names(config: LiteLLMConfig) -> Iterator[Problem]:
    for entry in config.section("mcp_servers"):
        if "-" in entry.name:
            better = entry.name.replace("-", "_")
            yield Problem(
                f"the MCP server {entry.name} has a hyphen in its name",
                f"{STOPS}: it joins the names of servers and tools with hyphens",
                f"call it {better}",
                entry.key.mark,
                f"mcp_servers.{entry.name}",
                change=replace_node(entry.key, better),
            )


def _assistants(config: LiteLLMConfig) -> Iterator[Problem]:
    entry = config.root.entry("assistant_settings")
    if entry is not None and isinstance(entry.value, Mapping) and len(entry.value):
        params = entry.value.get("litellm_params")
        if not isinstance(params, Mapping):
            yield Problem(
                "assistant_settings has no litellm_params",
                STOPS,
                "add litellm_params: with the provider's api_key",
                entry.key.mark,
                "assistant_settings.litellm_params",
            )


def _formats(config: LiteLLMConfig) -> Iterator[Problem]:
    settings = config.section("litellm_settings")
    pattern, at = settings.get("key_alias_pattern"), settings.get("budget_reset_time")
    if isinstance(pattern, Scalar) and pattern.is_text and pattern.text and not _compiles(pattern.text):
        yield _format("key_alias_pattern", pattern, "a regular expression", "mend the expression")
    if at is not None and not is_empty(at) and not TIME.fullmatch((text(at) or "").strip()):
        yield _format("budget_reset_time", at, "a time of day in quotes", 'write "12:00"')
    users = settings.get("default_internal_user_params")
    budget = users.get("max_budget") if isinstance(users, Mapping) else None
    if budget is not None and not is_empty(budget) and not _number(budget):
        yield _format("default_internal_user_params.max_budget", budget, "a number", "write a plain number (USD)")
    budgets = config.setting("router_settings", "provider_budget_config")
    for entry in budgets if isinstance(budgets, Mapping) else ():
        limit, period = (
            entry.value.get(key) if isinstance(entry.value, Mapping) else None
            for key in ("budget_limit", "time_period")
        )
        if period is not None and not is_empty(period) and text(period) is None:
            path = f"router_settings.provider_budget_config.{entry.name}.time_period"
            yield _format(path, period, "text like 1d", "write 1d, 7d or 30d")
        if limit is not None and not is_empty(limit) and not _number(limit):
            path = f"router_settings.provider_budget_config.{entry.name}.budget_limit"
            yield _format(path, limit, "a number", "write a plain number (USD)")


def _format(path: str, node: Node, wanted: str, fix: str) -> Problem:
    name = path.rpartition(".")[2]
    path = path if path.startswith("router_settings.") else f"litellm_settings.{path}"
    shown = node.text if isinstance(node, Scalar) else node.kind
    return Problem(f"{name} is {shown}, and must be {wanted}", STOPS, fix, node.mark, path)


def _cache(config: LiteLLMConfig) -> Iterator[Problem]:
    settings = config.section("litellm_settings")
    switch, params = settings.get("cache"), settings.get("cache_params")
    if not isinstance(switch, Scalar) or switch.value is not True or not isinstance(params, Mapping):
        return
    kind = params.get("type")
    missing = [key for key in CACHES.get(text(kind) or "", ()) if is_empty(params.get(key))]
    if missing and kind is not None:
        yield Problem(
            f"the cache {text(kind)} needs {' and '.join(missing)}",
            STOPS,
            f"add {missing[0]}: under cache_params",
            kind.mark,
            "litellm_settings.cache_params",
        )


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _number(node: Node) -> bool:
    if not isinstance(node, Scalar):
        return False
    if node.is_text:
        return NUMBER.fullmatch(node.text.strip()) is not None or node.text.startswith("os.environ/")
    return isinstance(node.value, (int, float))
