"""Where the sections of the LiteLLM schema stand in a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.nodes import Mapping, Node, Sequence, join

#: Sections that are named for what they are, and the place where they stand.
PLACES = {
    "top": "",
    "model_entry": "model_list[]",
    "litellm_params": "model_list[].litellm_params",
    "model_info": "model_list[].model_info",
}
#: Nested sections of which LiteLLM 1.106.2 reads certain keys, and ignores the others silently (seen by running it).
NESTED = (
    "credential_list[]",
    "guardrails[]",
    "search_tools[]",
    "mcp_servers.*",
    "general_settings.pass_through_endpoints[]",
    "general_settings.alerting_args",
    "litellm_settings.model_group_settings",
    "litellm_settings.priority_reservation_settings",
    "router_settings.allowed_fails_policy",
    "router_settings.model_group_alias.*",
    "router_settings.provider_budget_config.*",
    "router_settings.routing_groups[]",
)
_STOPS: tuple[str, Severity] = ("LiteLLM does not start", "error")
#: Sections that LiteLLM builds a checked object from, and what it does when a value does not fit (seen by running it).
CHECKED: dict[str, tuple[str, Severity]] = {
    "guardrails[].litellm_params": ("LiteLLM logs an error and starts WITHOUT this guardrail", "error"),
    "credential_list[]": _STOPS,
    "mcp_servers.*": _STOPS,
    "general_settings.coordination_redis": _STOPS,
    "litellm_settings.model_group_settings": _STOPS,
    "litellm_settings.priority_reservation_settings": _STOPS,
    "litellm_settings.upperbound_key_generate_params": _STOPS,
    "router_settings.allowed_fails_policy": _STOPS,
    "router_settings.provider_budget_config.*": _STOPS,
    "router_settings.routing_groups[]": _STOPS,
}
#: Keys of these sections that LiteLLM converts or sets itself before the check.
TOLERATED = {
    "credential_list[]": ("display_name", "source"),
    "guardrails[].litellm_params": ("logging_only_scope", "stream_scope"),
    "mcp_servers.*": ("authorization_url", "issuer", "oauth2_flow", "registration_url", "scopes", "token_url"),
}
_STEPS = re.compile(r"\[\]|\*|[^.\[\]*]+")


def mappings(root: Node, section: str) -> Iterator[tuple[str, Mapping]]:
    """Every mapping that is this section, with its path; what has another type is left to other rules."""
    head, dot, rest = section.partition(".")
    place = PLACES.get(head, head) + dot + rest
    yield from _at(root, "", _STEPS.findall(place))


def _at(node: Node, path: str, steps: list[str]) -> Iterator[tuple[str, Mapping]]:
    if not steps:
        if isinstance(node, Mapping):
            yield path, node
        return
    step, *rest = steps
    if step == "[]":
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            yield from _at(item, f"{path}[{index}]", rest)
    elif isinstance(node, Mapping):
        for entry in node if step == "*" else filter(None, [node.entry(step)]):
            yield from _at(entry.value, join(path, entry.name), rest)
