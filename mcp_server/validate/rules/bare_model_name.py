"""The model string has no provider prefix, and LiteLLM guesses.

What: a model id such as gemini-2.5-pro or claude-sonnet-4-6 without PROVIDER/ in front.
Why: LiteLLM infers the provider from its price map; an upgrade that drops the id from the map drops the deployment
    (it has happened to claude-3-sonnet-20240229 and gpt-4-turbo-preview).
Fix: write the provider: anthropic/claude-sonnet-4-6.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: claude-sonnet-4-6}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "bare-model-name"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        model, provider = deployment.model, deployment.provider
        if not model or not provider or "custom_llm_provider" in (deployment.params or ()):
            continue
        if model.partition("/")[0] in schema().providers or deployment.param("api_base") or model == "*":
            continue
        better = f"{provider}/{model}"
        yield Problem(
            f"the model {model} has no provider prefix; LiteLLM {schema().version} infers {provider}",
            "the next release may infer another provider or none, and then drops the deployment at start",
            f"write model: {better}",
            at(deployment.model_node),
            deployment.param_path("model"),
            # for a Gemini name LiteLLM infers vertex_ai, and the file may have meant gemini
            change=set_text(document, deployment.model_node, better, safe=provider in ("anthropic", "openai")),
        )
