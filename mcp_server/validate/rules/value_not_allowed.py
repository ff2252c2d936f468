"""A setting has a value outside those that LiteLLM allows.

What: a word where LiteLLM's own field lists what it may be (transport: htp of an MCP server, on_flagged: warn of a
    guardrail, alert_types: [everything]).
Why: depending on the setting LiteLLM does not start, starts without the guardrail, or goes on as if the setting were
    not there.
Fix: use one of the listed values.

Bad:
    mcp_servers:
      files: {url: "https://mcp.example.com/mcp", transport: htp}

Good:
    mcp_servers:
      files: {url: "https://mcp.example.com/mcp", transport: http}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Node, Scalar, Sequence, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.litellm_schema import Key, refuses
from mcp_server.validate.schemas.names import close_name
from mcp_server.validate.schemas.sections import CHECKED, TOLERATED, mappings
from mcp_server.validate.schemas.value_types import type_of

ID = "value-not-allowed"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

#: Sections whose fields nobody checks as a whole, with what becomes of a wrong value (seen by running it).
SECTIONS = (
    "general_settings",
    "litellm_settings",
    "router_settings",
    "litellm_settings.cache_params",
    "general_settings.user_header_mappings[]",
    "search_tools[].litellm_params",
)
QUIET = "LiteLLM starts, and goes on as if the setting were not there or had its default"
#: Judged by rules of their own.
HANDLED = {"routing_strategy", "optional_pre_call_checks", "key_management_system", "type"}
#: Refused wherever they are wrong: LiteLLM makes an enumeration of them at start.
REFUSED = {"semantic_cache_scope"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    root = litellm(document).root
    for section in (*SECTIONS, *CHECKED):
        for path, mapping in mappings(root, section):
            for entry in mapping:
                key = schema().key(section, entry.name)
                if key is None or entry.name in HANDLED or entry.name in TOLERATED.get(section, ()):
                    continue
                why, severity = CHECKED.get(section, (QUIET, "warning"))
                if type_of(entry.value) in refuses(section, entry.name) or entry.name in REFUSED:
                    why, severity = "LiteLLM does not start", "error"
                yield from _value(entry.name, entry.value, key, join(path, entry.name), why, severity)


def _value(name: str, node: Node, key: Key, path: str, why: str, severity: Severity) -> Iterator[Problem]:
    if isinstance(node, Sequence) and key.items is not None:
        for index, item in enumerate(node.items):
            yield from _value(f"an item of {name}", item, key.items, f"{path}[{index}]", why, severity)
    if not key.values or not isinstance(node, Scalar) or node.is_null or node.value in key.values:
        return
    if node.text.startswith("os.environ/") or "${" in node.text or node.text.strip() in map(str, key.values):
        return
    close = close_name(node.text, tuple(map(str, key.values)))
    allowed = ", ".join(map(str, key.values[:24])) + (", …" if len(key.values) > 24 else "")
    yield Problem(
        f"{name} is {node.text}, which LiteLLM does not know",
        why,
        (f"did you mean {close}? " if close else "") + f"Allowed: {allowed}",
        node.mark,
        path,
        severity=severity,
        change=replace_node(node, close) if close else None,
    )
