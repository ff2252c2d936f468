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
from typing import TypeGuard

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, Scalar, at
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "text-not-trimmed"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

KEYS = {"model", "api_base", "vertex_location", "vertex_project", "aws_region_name", "api_key"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        if " " in (deployment.model or "").strip():
            yield Problem(
                "model has a blank inside",
                "it is sent as it stands, and no model is called so: the provider answers 404",
                "delete the blank",
                at(deployment.model_node),
                deployment.param_path("model"),
            )
        name = deployment.node.get("model_name")
        if _untrimmed(name):
            yield _problem(document, name, f"{deployment.path}.model_name")
        for entry in deployment.params or ():
            if entry.name in KEYS and _untrimmed(entry.value):
                yield _problem(document, entry.value, deployment.param_path(entry.name))


def _untrimmed(node: Node | None) -> TypeGuard[Scalar]:
    if not isinstance(node, Scalar) or not (node.text[:1].isspace() or node.text[-1:].isspace()):
        return False
    return node.is_text and bool(node.text.strip())


def _problem(document: Document, node: Scalar, path: str) -> Problem:
    return Problem(
        f"{path.rpartition('.')[2]} has a blank or line break at its {'start' if node.text[0].isspace() else 'end'}",
        "it is sent as it stands: the call crashes without an answer, or the name never matches",
        "delete the blank",
        node.mark,
        path,
        change=set_text(document, node, node.text.strip(), safe=True),
    )
