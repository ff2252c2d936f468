"""An alias points to a model that this file does not define.

What: a target of router_settings.model_group_alias that is no model_name, or an alias setting that is no mapping.
Why: LiteLLM starts, and requests for the alias answer 400 'no healthy deployments'; a list stops the start.
Fix: write model_group_alias as a mapping from alias to model_name.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
    router_settings:
      model_group_alias: {claude-opus-4-8: opus}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
    router_settings:
      model_group_alias: {claude-opus-4-8: sonnet}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, is_empty, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "alias-target-undefined"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

PATH = "router_settings.model_group_alias"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    node = config.setting("router_settings", "model_group_alias")
    if node is None or is_empty(node):
        return
    if not isinstance(node, Mapping):
        yield Problem(
            f"model_group_alias is {node.kind}, and must be a mapping",
            "LiteLLM fails while it loads the file",
            "write ALIAS: MODEL_NAME lines without '- '",
            node.mark,
            PATH,
        )
        return
    for entry in node:
        lacking = [k for k in ("model", "hidden") if isinstance(entry.value, Mapping) and k not in entry.value]
        if lacking:
            yield Problem(
                f"the alias {entry.name} lacks {' and '.join(lacking)}",
                "LiteLLM does not start (KeyError 'hidden')"
                if "hidden" in lacking
                else "LiteLLM starts, and requests for the alias answer 400",
                f"write {entry.name}: MODEL_NAME, or add {lacking[0]}:",
                entry.value.mark,
                f"{PATH}.{entry.name}",
            )
    if config.incomplete:
        return
    for alias, value in ((e.name, e.value) for e in node):
        place = value.get("model") if isinstance(value, Mapping) else value  # {model: …, hidden: true} is allowed
        target = text(place)
        if target and not config.served(target):
            close = close_name(target, tuple(config.groups))
            yield Problem(
                f"the alias {alias} points to {target}, which is "
                + ("itself an alias" if target in config.aliases else "no model_name of this file"),
                "LiteLLM follows one alias only, and requests for it answer 400 'no healthy deployments'",
                f"did you mean {close}?" if close else "use a model_name of this file",
                place.mark if place else value.mark,
                f"{PATH}.{alias}",
                change=set_text(document, place, close) if close else None,
            )
