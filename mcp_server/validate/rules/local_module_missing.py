"""The configuration needs a Python file that is not there.

What: a callback, custom_auth, custom provider or rule of the form MODULE.OBJECT whose MODULE.py is not beside the
    file.
Why: LiteLLM imports it at start and does not start without it ('Could not import OBJECT from MODULE').
Fix: put MODULE.py beside the configuration file, or install the package that contains it.

Bad:
    litellm_settings:
      callbacks: custom_callbacks.handler

Good:
    litellm_settings:
      callbacks: ["prometheus"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "local-module-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
GENERAL = (
    "custom_auth",
    "custom_key_generate",
    "custom_key_update",
    "custom_key_policy",
    "custom_sso",
    "custom_ui_sso_sign_in_handler",
    "custom_team_metadata_validate",
)
CALLBACKS = ("callbacks", "success_callback", "failure_callback", "audit_log_callbacks", "post_call_rules")
_OBJECT = re.compile(r"[\w-]+(\.[\w-]+)+")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for key in GENERAL:
        node = litellm(document).setting("general_settings", key)
        if node is not None and not is_empty(node) and not _OBJECT.fullmatch(text(node) or ""):
            yield Problem(
                f"{key} names no object of a Python module",
                "LiteLLM imports it at start and does not start ('Empty module name')",
                "write MODULE.OBJECT for the file MODULE.py beside the configuration",
                node.mark,
                f"general_settings.{key}",
            )
    for path, node in _references(litellm(document)):
        if not isinstance(node, Scalar) or not _OBJECT.fullmatch(node.text):
            continue
        module = node.text.rpartition(".")[0]
        if module.startswith(("litellm.", "os.environ")) or module == "litellm":
            continue
        file = module.replace(".", "/") + ".py"
        known = context.exists is not None and context.environment is not None
        if known and not context.missing_file(file):
            continue
        if context.environment is None:
            continue
        yield Problem(
            f"{node.text} needs the Python file {file}"
            + (", which is not beside this configuration" if known else " beside this configuration"),
            "LiteLLM imports it at start and does not start without it",
            f"put {file} beside the configuration file, or install {module.partition('.')[0]} where LiteLLM runs",
            node.mark,
            path,
            severity="error" if known else "info",
            confidence="medium",
        )


def _references(config: LiteLLMConfig) -> Iterator[tuple[str, Node]]:
    for key in GENERAL:
        node = config.setting("general_settings", key)
        if node is not None:
            yield f"general_settings.{key}", node
    for key in CALLBACKS:
        node = config.setting("litellm_settings", key)
        items = node.items if isinstance(node, Sequence) else [node] if node else []
        yield from ((f"litellm_settings.{key}[{i}]", item) for i, item in enumerate(items))
    guardrails, tools = (config.root.get(name) for name in ("guardrails", "mcp_tools"))
    for index, item in enumerate(guardrails.items if isinstance(guardrails, Sequence) else ()):
        params = item.get("litellm_params") if isinstance(item, Mapping) else None
        own = params.get("guardrail") if isinstance(params, Mapping) else None
        if own is not None:
            yield f"guardrails[{index}].litellm_params.guardrail", own
    for index, item in enumerate(tools.items if isinstance(tools, Sequence) else ()):
        handler = item.get("handler") if isinstance(item, Mapping) else None
        if handler is not None:
            yield f"mcp_tools[{index}].handler", handler
    providers = config.setting("litellm_settings", "custom_provider_map")
    for index, item in enumerate(providers.items if isinstance(providers, Sequence) else ()):
        handler = item.get("custom_handler") if isinstance(item, Mapping) else None
        if handler is not None:
            yield f"litellm_settings.custom_provider_map[{index}].custom_handler", handler
