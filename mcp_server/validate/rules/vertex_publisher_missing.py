"""An open model on Vertex is named without its publisher, or without -maas.

What: vertex_ai/deepseek-r1-0528-maas instead of vertex_ai/deepseek-ai/deepseek-r1-0528-maas, or a known open model
    whose -maas suffix is forgotten.
Why: without the publisher LiteLLM takes another code path and every request answers 400 'vertexai import failed';
    without the suffix the provider answers 404.
Fix: write vertex_ai/PUBLISHER/MODEL-maas exactly as the provider names it.

Bad:
    model_list:
      - model_name: r1
        litellm_params: {model: vertex_ai/deepseek-r1-0528-maas}

Good:
    model_list:
      - model_name: r1
        litellm_params: {model: vertex_ai/deepseek-ai/deepseek-r1-0528-maas}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.models import find_model, models
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "vertex-publisher-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        model = deployment.model or ""
        if not model.startswith("vertex_ai/"):
            continue
        rest = model.removeprefix("vertex_ai/")
        if "/" not in rest and rest.endswith("-maas"):
            known = next((m for m in models().values() if m.publisher_model == rest), None) or find_model(rest)
            better = known.litellm_model if known and known.route == "maas" else None
            yield Problem(
                f"the publisher is missing in {model}",
                "LiteLLM takes its old SDK path: every request answers 400 'vertexai import failed'",
                f"write model: {better}" if better else "write vertex_ai/PUBLISHER/MODEL-maas",
                at(deployment.model_node),
                deployment.param_path("model"),
                change=set_text(document, deployment.model_node, better, safe=True) if better else None,
            )
        elif known_maas := next((m for m in models().values() if m.litellm_model == f"{model}-maas"), None):
            yield Problem(
                f"the suffix -maas is missing in {model}",
                "the id is sent to Vertex as it stands, and Vertex answers 404",
                f"write model: {known_maas.litellm_model}",
                at(deployment.model_node),
                deployment.param_path("model"),
                severity="warning",
                change=set_text(document, deployment.model_node, known_maas.litellm_model),
            )
