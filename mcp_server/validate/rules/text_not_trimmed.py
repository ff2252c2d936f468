"""A value starts or ends with a blank.

What: quoted text with a leading or trailing blank in a model, model_name, location, region or URL.
Why: LiteLLM sends it as it stands: the call crashes without an answer (LocalProtocolError), or the name never
    matches.
Fix: delete the blank.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: "anthropic/claude-sonnet-4-6 "}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: "anthropic/claude-sonnet-4-6"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.nodes import Scalar
from mcp_server.validate.problem import Problem
from mcp_server.validate.writing import set_text

ID = "text-not-trimmed"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

KEYS = ("model", "api_base", "vertex_location", "vertex_project", "aws_region_name", "api_key")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        nodes = [(f"{deployment.path}.model_name", deployment.node.get("model_name"))]
        nodes += [(deployment.param_path(k), deployment.params.get(k)) for k in KEYS if deployment.params]
        inner = deployment.params.get("model") if deployment.params else None
        if isinstance(inner, Scalar) and inner.is_text and " " in inner.text.strip():
            yield Problem(
                "model has a blank inside",
                "it is sent as it stands, and no model is called so: the provider answers 404",
                "delete the blank",
                inner.mark,
                deployment.param_path("model"),
            )
        for path, node in nodes:
            if isinstance(node, Scalar) and node.is_text and node.text.strip() != node.text and node.text.strip():
                side = "start" if node.text[0].isspace() else "end"
                yield Problem(
                    f"{path.rpartition('.')[2]} has a blank or line break at its {side}",
                    "it is sent as it stands: the call crashes without an answer, or the name never matches",
                    "delete the blank",
                    node.mark,
                    path,
                    change=set_text(document, node, node.text.strip(), safe=True),
                )
