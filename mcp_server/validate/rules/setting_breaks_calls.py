"""A setting of general_settings makes every call of Claude Code fail.

What: user_header_name: true, max_request_size_mb: "10", allowed_routes that is no list, enforce_user_param: true,
    completion_model with a name that is not served.
Why: LiteLLM takes the value as it stands and starts. It fails over it, or refuses Claude Code, with each call.
Fix: write a value of the type that the message names, or delete the line.

Bad:
    general_settings:
      user_header_name: true

Good:
    general_settings:
      user_header_name: x-user
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty, is_nothing, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "setting-breaks-calls"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

STARTS = "LiteLLM starts, and every call answers 500"
#: Settings that must be text, a number or a list when they are there (measured on LiteLLM 1.106.2).
TEXT = ("user_header_name", "mcp_client_side_auth_header_name")
NUMBER = ("max_request_size_mb",)
LISTS = ("allowed_routes",)
MESSAGES = "/v1/messages"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for entry in config.section("general_settings"):
        wanted = _wanted(entry.name, entry.value)
        if wanted:
            yield Problem(
                f"{entry.name} is {entry.value.kind}, and must be {wanted}",
                STARTS if entry.name not in LISTS else "LiteLLM starts, and refuses every call (403, or 500)",
                f"write {wanted}, or delete the line",
                entry.key.mark if is_empty(entry.value) else entry.value.mark,
                f"general_settings.{entry.name}",
            )
    yield from _routes(config)
    yield from _user(config)
    yield from _completion_model(config)


def _wanted(name: str, node: Node) -> str | None:
    if isinstance(node, Scalar) and node.text.startswith("os.environ/"):
        return None
    if name in TEXT and not is_empty(node) and text(node) is None:
        return "text"
    if name in NUMBER and not is_empty(node) and not _is_number(node):
        return "a number, without quotes"
    return "a list of paths" if name in LISTS and not isinstance(node, Sequence) else None


def _is_number(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, (int, float))


def _routes(config: LiteLLMConfig) -> Iterator[Problem]:
    node = config.section("general_settings").get("allowed_routes")
    routes = [text(item) or "" for item in node.items] if isinstance(node, Sequence) else None
    # a name without a slash stands for a group of routes, and * for any
    if routes is not None and all(r.startswith("/") and "*" not in r and r != MESSAGES for r in routes):
        yield Problem(
            f"allowed_routes does not contain {MESSAGES}",
            "LiteLLM refuses every request of Claude Code with 403",
            f"add {MESSAGES} and {MESSAGES}/count_tokens",
            node.mark if node is not None else None,
            "general_settings.allowed_routes",
            severity="warning",
        )


def _user(config: LiteLLMConfig) -> Iterator[Problem]:
    entry = config.section("general_settings").entry("enforce_user_param")
    if entry is not None and not is_nothing(entry.value) and not (text(entry.value) or "").startswith("os.environ/"):
        yield Problem(
            "enforce_user_param is on",
            "LiteLLM refuses every request without the field user, and Claude Code sends none",
            "delete the line",
            entry.key.mark,
            "general_settings.enforce_user_param",
            severity="warning",  # other clients do send it
        )


def _completion_model(config: LiteLLMConfig) -> Iterator[Problem]:
    """Whatever the client asks for, LiteLLM asks for this model."""
    node = config.section("general_settings").get("completion_model")
    if node is None or is_nothing(node) or config.incomplete:
        return
    name = text(node)
    if isinstance(node, (Sequence, Mapping)) or name is None or not config.callable_name(name):
        yield Problem(
            f"completion_model is {name or node.kind}, which is no model_name of this file",
            "LiteLLM asks for this model whatever the client asks for, and answers every call with 400",
            "write a model_name of this file, or delete the line",
            node.mark,
            "general_settings.completion_model",
        )
