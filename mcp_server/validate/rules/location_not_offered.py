"""A model is asked for in a location that does not serve it.

What: a vertex_location where the catalogue knows that the model is not offered.
Why: with regions in its price map LiteLLM sends the request to another one without telling the caller (a matter of
    where data may go); without, Google answers 404.
Fix: use a location that serves the model.

Bad:
    model_list:
      - model_name: qwen
        litellm_params:
          model: vertex_ai/qwen/qwen3-coder-480b-a35b-instruct-maas
          vertex_project: my-project
          vertex_location: europe-west4

Good:
    model_list:
      - model_name: codestral
        litellm_params:
          model: vertex_ai/codestral-2
          vertex_project: my-project
          vertex_location: europe-west4
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.abilities import catalogued

ID = "location-not-offered"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

KEYS = ("vertex_location", "vertex_ai_location")
#: The place that LiteLLM takes by itself, where no Claude model is served.
DEFAULT = "us-central1"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        model = catalogued(deployment) if (deployment.model or "").startswith("vertex_ai/") else None
        for key in KEYS:
            node = deployment.params.get(key) if deployment.params else None
            place = text(node)
            if model is None or node is None or not place or place in model.locations or "/" in place or "$" in place:
                continue
            claude = model.is_claude and place == DEFAULT
            if not claude and not model.locations_complete:
                continue
            yield Problem(
                f"{model.title} is not offered in {place}",
                "Google answers 404"
                if claude
                else "LiteLLM sends the request elsewhere or Google answers 404; data may leave the location you chose",
                f"use {' or '.join(model.locations[:4])}",
                node.mark,
                deployment.param_path(key),
                confidence="high" if model.locations_complete else "medium",
            )
