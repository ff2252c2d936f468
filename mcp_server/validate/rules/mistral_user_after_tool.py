"""Mistral's models may refuse the way LiteLLM orders messages.

What: a Codestral or Mistral model whose tools are let through.
Why: Claude Code sends the results of tools and its next words in one message. LiteLLM makes a tool message and a user
    message of it, in this order, and public reports say that Mistral refuses user after tool with 400. The laboratory
    shows the order; the refusal itself has not been seen by us.
Fix: try it with llm-gateway test-model --level claude-code, and keep another model for agents.

Bad:
    model_list:
      - model_name: codestral
        litellm_params:
          model: vertex_ai/codestral-2
          vertex_project: my-project
          vertex_location: us-central1
          allowed_openai_params: [tools, tool_choice]

Good:
    model_list:
      - model_name: gemini
        litellm_params:
          model: vertex_ai/gemini-3.5-flash
          vertex_project: my-project
          vertex_location: global
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Sequence, at, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "mistral-user-after-tool"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "info"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        model = deployment.model or ""
        allowed = deployment.params.get("allowed_openai_params") if deployment.params else None
        passes = isinstance(allowed, Sequence) and "tools" in {text(i) for i in allowed.items}
        if passes and model.startswith(("vertex_ai/codestral", "vertex_ai/mistral")):
            yield Problem(
                f"{model} may refuse a user message that follows the result of a tool",
                "LiteLLM sends them in this order for Claude Code; public reports say that Mistral answers 400",
                "try it with llm-gateway test-model --level claude-code before you rely on it",
                at(deployment.model_node),
                deployment.param_path("model"),
                confidence="medium",
            )
