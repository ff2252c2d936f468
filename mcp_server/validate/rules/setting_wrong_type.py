"""A setting has a type that LiteLLM does not expect.

What: text, a number, a list or a mapping where LiteLLM's own field wants another type (provider_budget_config: 100,
    a guardrail with default_on: maybe, an MCP server with timeout: soon).
Why: depending on the setting LiteLLM does not start, drops the deployment, starts without the guardrail, or takes the
    value for something else.
Fix: write a value of the type that the message names.

Bad:
    router_settings:
      provider_budget_config: 100

Good:
    router_settings:
      provider_budget_config: {anthropic: {budget_limit: 100, time_period: 1d}}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Confidence, Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Entry, is_empty, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import FALLBACK_KEYS, litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.rules.flag_expected import FLAGS
from mcp_server.validate.rules.number_expected import INFO_KEYS, SETTINGS
from mcp_server.validate.schemas.litellm_schema import Key, refuses
from mcp_server.validate.schemas.sections import CHECKED, TOLERATED, mappings
from mcp_server.validate.schemas.value_types import ALL, FALSE, fits, needed, type_of

ID = "setting-wrong-type"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

SECTIONS = ("general_settings", "litellm_settings", "router_settings")
#: Judged by rules of their own.
HANDLED: dict[str, set[str]] = {
    "general_settings": {"master_key", "database_url", "pass_through_endpoints", "custom_auth"},
    "litellm_settings": {
        *(*FALLBACK_KEYS, "default_fallbacks", "callbacks", "success_callback", "failure_callback"),
        *("audit_log_callbacks", "guardrails", "cache", "cache_params", "default_team_settings"),
        *("request_timeout", "num_retries"),
    },
    "router_settings": {
        *(*FALLBACK_KEYS, "default_fallbacks", "model_group_alias", "model_group_retry_policy", "num_retries"),
        *("optional_pre_call_checks", "retry_policy", "routing_strategy"),
    },
}
DROPPED = "LiteLLM drops the deployment at start with only a log line; requests for it answer 400"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for section in SECTIONS:
        for entry in config.section(section):
            if not _judged_elsewhere(section, entry.name):
                yield from _setting(document, section, entry)
    for section, (why, severity) in CHECKED.items():
        for path, mapping in mappings(config.root, section):
            for entry in mapping:
                key = schema().key(section, entry.name)
                if key is None or entry.name in TOLERATED.get(section, ()) or fits(entry.value, key, strict=True):
                    continue
                if section == "mcp_servers.*" and key.types == ("boolean",):
                    continue  # LiteLLM turns whatever stands there into a flag
                yield _problem(document, entry, join(path, entry.name), key, why, severity)
    typed = {part: _typed(*source) for part, source in TYPED.items()}
    for deployment in config.deployments:
        for node, part in ((deployment.params, "litellm_params"), (deployment.info, "model_info")):
            for entry in node or ():
                key = typed[part].get(entry.name)
                if key is not None and not fits(entry.value, key, strict=True):
                    yield _problem(document, entry, f"{deployment.path}.{part}.{entry.name}", key, DROPPED, "error")


def _typed(table: str, kinds: set[str]) -> dict[str, Key]:
    """The keys of a table of checked types that have one of these types."""
    fields: dict[str, str] = schema().data[table]
    return {name: Key((_NAMES[kind],)) for name, kind in fields.items() if kind in kinds and name not in INFO_KEYS}


def _judged_elsewhere(section: str, name: str) -> bool:
    return name in HANDLED[section] or name in FLAGS[section] or (section, name) in SETTINGS


#: The table of checked types, and the types in it that no other rule judges.
TYPED = {"litellm_params": ("typed_params", {"bool"}), "model_info": ("typed_info", {"bool", "int", "float", "list"})}
_NAMES = {"bool": "boolean", "int": "integer", "float": "number", "list": "array"}


def _setting(document: Document, section: str, entry: Entry) -> Iterator[Problem]:
    key = schema().key(section, entry.name)
    refused = refuses(section, entry.name)
    if key is None or is_empty(entry.value):
        return
    if not key.types and 0 < len(refused) < len(ALL):  # no annotation tells: what it was seen to start with does
        key = Key(tuple(kind for kind in ALL if kind not in refused))
    if type_of(entry.value) in refused and not fits(entry.value, key, strict=True):
        yield _problem(document, entry, join(section, entry.name), key, "LiteLLM does not start", "error")
        return
    if fits(entry.value, key):
        return
    why = "LiteLLM starts, and the setting does not do what you expect"
    if key.types == ("boolean",):
        why = "most places in LiteLLM take any text for true, some for not set"
    yield _problem(document, entry, join(section, entry.name), key, why, "warning", "medium")


def _problem(
    document: Document,
    entry: Entry,
    path: str,
    key: Key,
    why: str,
    severity: Severity,
    confidence: Confidence = "high",
) -> Problem:
    word = getattr(entry.value, "text", "").strip().lower()
    plain = key.types == ("boolean",) and word in FALSE
    return Problem(
        f"{entry.name} is {entry.value.kind}, and must be {needed(key)}",
        why,
        "write false without quotes" if plain else f"write {needed(key)}",
        entry.value.mark,
        path,
        severity=severity,
        confidence=confidence,
        change=replace_node(entry.value, "false", safe=True) if plain else None,
    )
