"""The file serves no model.

What: a configuration without model_list, and without a database or an included file that could hold models.
Why: LiteLLM starts without a word, and answers every request with 400 'Invalid model name'.
Fix: add model_list, or check that this file is only meant to be included by another.

Bad:
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/ANTHROPIC_API_KEY}
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "model-list-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    if not config.is_main or config.incomplete or any("model_list" in file.root for file in config.files):
        return
    top = schema().keys("top") | schema().keys("model_entry")
    misspelt = [e for e in config.root if e.name not in top and isinstance(e.value, (Sequence, Mapping))]
    if not isinstance(document.root, Mapping) or "litellm_params" in config.root or misspelt:
        return  # yaml-syntax or unknown-key says more
    first = next(iter(config.root), None)
    yield Problem(
        "the file has no model_list",
        "LiteLLM starts, and answers every request with 400 'Invalid model name'",
        "add model_list:, unless another file includes this one",
        first.key.mark if first else document.root.mark,
        "model_list",
    )
