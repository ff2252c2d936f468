"""A section has the wrong type.

What: model_list that is no list, settings sections that are no mappings, an entry that is plain text.
Why: LiteLLM fails with an AttributeError while it loads the file; router_settings of the wrong type is ignored
    silently.
Fix: write list sections with '- ' items and mapping sections with 'key: value' lines.

Bad:
    general_settings:
      - master_key: os.environ/LITELLM_MASTER_KEY

Good:
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Sequence, is_empty, is_nothing
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "section-type"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
#: List sections whose items must be mappings.
OF_MAPPINGS = {"model_list", "credential_list", "guardrails", "prompts"}


#: List sections that LiteLLM takes for not set when their value is false, 0 or empty (measured).
LENIENT = {"search_tools", "sandbox_tools", "guardrails", "prompts", "vector_store_registry", "mcp_tools"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    root = config.root
    for entry in root:
        name, value = entry.name, entry.value
        if name == "model_list" and (is_empty(value) or (isinstance(value, Sequence) and not value.items)):
            if not config.incomplete and config.is_main and not config.groups:
                yield Problem(
                    "model_list is empty",
                    "the proxy starts with no models and answers every request with 'Invalid model name'",
                    "add at least one entry with model_name and litellm_params",
                    entry.key.mark,
                    name,
                )
        elif name in schema().names("list_sections") and not is_empty(value):
            yield from _list(name, value)
        elif name == "litellm_settings" and is_empty(value):
            yield Problem(
                "litellm_settings is empty",
                "LiteLLM starts, with an ERROR line in its log",
                "delete the line, or add settings under it",
                entry.key.mark,
                name,
                severity="info",
            )
        elif name in schema().names("mapping_sections") and not is_empty(value) and not isinstance(value, Mapping):
            silent = name == "router_settings"
            nothing_lost = name != "general_settings" and (is_nothing(value) or (silent and not _holds_mappings(value)))
            yield Problem(
                f"{name} is {value.kind}, and must be a mapping",
                "LiteLLM ignores the whole section silently" if silent else "LiteLLM fails while it loads the file",
                f"write the settings as key: value lines, indented under {name}: and without '- '",
                value.mark,
                name,
                severity="warning" if nothing_lost else None,
            )


def _holds_mappings(value: Node) -> bool:
    return isinstance(value, Sequence) and any(isinstance(item, Mapping) for item in value.items)


def _list(name: str, value: Node) -> Iterator[Problem]:
    if not isinstance(value, Sequence):
        yield Problem(
            f"{name} is {value.kind}, and must be a list",
            "LiteLLM fails while it loads the file" if not is_nothing(value) else "LiteLLM takes it for not set",
            f"write each entry of {name} as a list item that starts with '- '",
            value.mark,
            name,
            severity="warning" if is_nothing(value) and name in LENIENT else None,
        )
        return
    for index, item in enumerate(value.items):
        if name in OF_MAPPINGS and not isinstance(item, Mapping):
            yield Problem(
                f"this entry of {name} is {item.kind}, and must be a mapping",
                "LiteLLM fails while it loads the file",
                "write '- model_name: NAME' and litellm_params: below it"
                if name == "model_list"
                else "write '- key: value' lines",
                item.mark,
                f"{name}[{index}]",
            )
