"""Tools are not let through to a Mistral model on Vertex.

What: vertex_ai/codestral-* or vertex_ai/mistral-* without allowed_openai_params: [tools, tool_choice].
Why: LiteLLM believes that the model has no tools. With drop_params, and for Claude Code in any case, it drops them
    silently: Claude Code becomes a chat that cannot act. Other clients get 400. A missing tool_choice alone harms
    clients that force a tool, which Claude Code does not (measured).
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
            yield Problem(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not let through to {model}",
                "LiteLLM drops them silently for Claude Code, which then cannot act; other clients get 400"
                if "tools" in missing
                else "a client that forces a tool gets 400, or with drop_params an answer without it",
                "add allowed_openai_params: [tools, tool_choice] under litellm_params",
                at(deployment.model_node),
                deployment.param_path("allowed_openai_params"),
                # completion-only use of the model is legitimate, and common beside real agents
                severity="error" if len(config.deployments) == 1 and "tools" in missing else "warning",
                change=insert_entry(document, deployment.params, "allowed_openai_params", "[tools, tool_choice]")
                if allowed is None
                else None,
            )
