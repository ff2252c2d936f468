"""The target of a fixed name has a wildcard.

What: a model with * behind a model_name without one.
Why: LiteLLM fills the * with what the client's name has in its place. A fixed name has nothing there: the provider is
    asked for a model called * and answers 404.
Fix: name the model, or write the * in model_name too.

Bad:
    model_list:
      - model_name: claude
        litellm_params: {model: anthropic/*, api_key: os.environ/ANTHROPIC_API_KEY}

Good:
    model_list:
      - model_name: anthropic/*
        litellm_params: {model: anthropic/*, api_key: os.environ/ANTHROPIC_API_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "wildcard-target-literal"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        if deployment.name and "*" not in deployment.name and "*" in (deployment.model or ""):
            yield Problem(
                f"{deployment.model} has a wildcard, and the name {deployment.name} has none to fill it",
                "the provider is asked for a model called *, and answers 404",
                "write the model's id, or a * in model_name too",
                at(deployment.model_node),
                deployment.param_path("model"),
            )
