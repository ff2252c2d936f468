"""An OpenAI-compatible endpoint may get calls to /responses.

What: an openai/ deployment with its own api_base and without use_chat_completions_api.
Why: for Claude Code's requests LiteLLM calls /responses at that endpoint; servers that know only /chat/completions
    answer 404.
Fix: add use_chat_completions_api: true unless the server implements the Responses API.

Bad:
    model_list:
      - model_name: local
        litellm_params: {model: openai/my-model, api_base: "http://127.0.0.1:8000/v1", api_key: none}

Good:
    model_list:
      - model_name: local
        litellm_params:
          model: openai/my-model
          api_base: http://127.0.0.1:8000/v1
          api_key: none
          use_chat_completions_api: true
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "openai-route-responses"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        base = deployment.params.get("api_base") if deployment.params else None
        if deployment.provider != "openai" or base is None or "openai.com" in (text(base) or "openai.com"):
            continue
        chosen = deployment.params.get("use_chat_completions_api") if deployment.params else None
        if isinstance(chosen, Scalar) and chosen.value is True:
            continue
        if deployment.info is not None and text(deployment.info.get("mode")) not in (None, "chat", "responses"):
            continue
        yield Problem(
            "LiteLLM calls /responses at this endpoint for Claude Code's requests",
            "servers that know only /chat/completions answer 404 to every request",
            "add use_chat_completions_api: true under litellm_params, unless the server implements /responses",
            base.mark,
            deployment.param_path("api_base"),
            confidence="medium",
        )
