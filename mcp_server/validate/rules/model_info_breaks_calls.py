"""A value in model_info makes every call of its model fail.

What: supports_vision: 7, max_input_tokens: 8k, mode: [chat], rpm: "10" and the like in model_info.
Why: LiteLLM starts. With each call it sums up model_info of all deployments of a name (ModelGroupInfo), and when a
    value has the wrong type the call answers 500.
Fix: write true or false, a plain number, text or a list, as the message says.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/ANTHROPIC_API_KEY}
        model_info: {max_input_tokens: 200k}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/ANTHROPIC_API_KEY}
        model_info: {max_input_tokens: 200000}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, Scalar, is_empty
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.litellm_schema import Key
from mcp_server.validate.schemas.value_types import fits, needed

ID = "model-info-breaks-calls"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Fields of ModelGroupInfo in LiteLLM 1.106.2 (measured); rpm and tpm in quotes are not converted.
FIELDS = {
    "mode": Key(("string",)),
    **dict.fromkeys(("max_input_tokens", "max_output_tokens"), Key(("number",))),
    **dict.fromkeys(("rpm", "tpm"), Key(("integer",))),
    **dict.fromkeys(("supported_openai_params", "configurable_clientside_auth_params"), Key(("array",))),
    **dict.fromkeys(
        (
            *("supports_function_calling", "supports_parallel_function_calling", "supports_reasoning"),
            *("supports_url_context", "supports_vision", "supports_web_search"),
        ),
        Key(("boolean",)),
    ),
}
UNQUOTED = {"rpm", "tpm"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        for entry in deployment.info or ():
            key = FIELDS.get(entry.name)
            if key is None or is_empty(entry.value) or _fits(entry.name, entry.value, key):
                continue
            yield Problem(
                f"{entry.name} is {entry.value.kind}, and must be {needed(key)}",
                "LiteLLM starts, and every call of this model answers 500 ('validation error for ModelGroupInfo')",
                f"write {needed(key)}" + (" without quotes" if entry.name in UNQUOTED else ""),
                entry.value.mark,
                f"{deployment.path}.model_info.{entry.name}",
            )


def _fits(name: str, node: Node, key: Key) -> bool:
    quoted = isinstance(node, Scalar) and node.is_text and not node.text.startswith("os.environ/")
    return fits(node, key, strict=True) and not (quoted and name in UNQUOTED)
