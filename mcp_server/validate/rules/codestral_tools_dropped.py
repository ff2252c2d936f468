"""Tools are not let through to a Mistral model on Vertex.

What: vertex_ai/codestral-* or vertex_ai/mistral-* without allowed_openai_params: [tools, tool_choice].
Why: LiteLLM believes that the model has no tools: it answers 400, or with drop_params drops the tools silently, and
    Claude Code becomes a chat that cannot act.
Fix: add allowed_openai_params: [tools, tool_choice] to the deployment.

Bad:
    model_list:
      - model_name: codestral
        litellm_params: {model: vertex_ai/codestral-2}

Good:
    model_list:
      - model_name: codestral
        litellm_params:
          model: vertex_ai/codestral-2
          allowed_openai_params: [tools, tool_choice]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Sequence, at, text
from mcp_server.document.structure import insert_entry
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "codestral-tools-dropped"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
NEEDED = ("tools", "tool_choice")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for deployment in config.deployments:
        model = deployment.model or ""
        if not model.startswith(("vertex_ai/codestral", "vertex_ai/mistral")):
            continue
        allowed = deployment.params.get("allowed_openai_params") if deployment.params else None
        names = {text(i) for i in allowed.items} if isinstance(allowed, Sequence) else set()
        missing = [n for n in NEEDED if n not in names]
        if missing:
            silent = config.flag("litellm_settings", "drop_params")
            yield Problem(
                f"{' and '.join(missing)} are not let through to {model}",
                "LiteLLM drops them silently (drop_params), so Claude Code cannot act"
                if silent
                else "LiteLLM answers 400 to every request of Claude Code, which always offers tools",
                "add allowed_openai_params: [tools, tool_choice] under litellm_params",
                at(deployment.model_node),
                deployment.param_path("allowed_openai_params"),
                # completion-only use of the model is legitimate, and common beside real agents
                severity="error" if len(config.deployments) == 1 else "warning",
                change=insert_entry(document, deployment.params, "allowed_openai_params", "[tools, tool_choice]")
                if allowed is None
                else None,
            )
