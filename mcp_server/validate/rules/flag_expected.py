"""A word stands where LiteLLM needs true or false, or the text "false" counts as true.

What: drop_params: "yes please", enable_pre_call_checks: "false".
Why: LiteLLM treats an unknown word for drop_params as unset; for other flags every non-empty text counts as true.
Fix: write true or false without quotes.

Bad:
    router_settings:
      enable_pre_call_checks: "false"

Good:
    router_settings:
      enable_pre_call_checks: false
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Node, Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "flag-expected"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"
FLAGS = {
    "litellm_settings": (
        "drop_params",
        "modify_params",
        "json_logs",
        "set_verbose",
        "turn_off_message_logging",
    ),
    "router_settings": ("enable_pre_call_checks", "disable_cooldowns", "cache_responses", "enable_tag_filtering"),
    "general_settings": ("store_model_in_db", "background_health_checks", "disable_spend_logs", "enable_jwt_auth"),
}
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for section, keys in FLAGS.items():
        for key in keys:
            yield from _flag(document, config.setting(section, key), f"{section}.{key}")
    for deployment in config.deployments:
        node = deployment.params.get("drop_params") if deployment.params else None
        yield from _flag(document, node, deployment.param_path("drop_params"))


def _flag(document: Document, node: Node | None, path: str) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or not node.is_text or node.text.startswith("os.environ/"):
        return
    word, key = node.text.strip().lower(), path.rpartition(".")[2]
    if word in TRUE or (key == "drop_params" and word in FALSE):
        return  # LiteLLM understands these
    new = "false" if word in FALSE else None
    yield Problem(
        f"{key} is the text {node.text!r}, and must be true or false",
        "LiteLLM logs a warning and treats it as not set"
        if key == "drop_params"
        else "any non-empty text counts as true",
        f"write {key}: {new or 'true'} without quotes",
        node.mark,
        path,
        change=replace_node(node, new, safe=True) if new else None,
    )
