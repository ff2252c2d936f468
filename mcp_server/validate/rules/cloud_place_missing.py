"""A cloud deployment does not say where it runs.

What: vertex_ai/ without vertex_project or vertex_location, bedrock/ without aws_region_name, a location with blanks
    or capitals.
Why: LiteLLM takes defaults: us-central1 for Vertex (wrong for Claude), us-west-2 for Bedrock, the project of
    whatever credential it finds. A malformed location fails at the call.
Fix: set them in the deployment.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_project: my-project}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_project: my-project, vertex_location: us-central1}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem

ID = "cloud-place-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

PROJECT = ("vertex_project", "vertex_ai_project")
LOCATION = ("vertex_location", "vertex_ai_location")
_SHAPE = re.compile(r"[a-z0-9-]+")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        if deployment.params is None or not deployment.model or "litellm_credential_name" in deployment.params:
            continue
        if deployment.model.startswith("vertex_ai/"):
            yield from _vertex(deployment, context)
        elif deployment.model.startswith("bedrock/") and "arn:" not in deployment.model:
            known = any(context.is_set(v) for v in ("AWS_REGION", "AWS_REGION_NAME", "AWS_DEFAULT_REGION"))
            if "aws_region_name" not in deployment.params and not known:
                yield _missing(
                    deployment, "aws_region_name", "LiteLLM signs for us-west-2 unless AWS_REGION is set where it runs"
                )


def _vertex(deployment: Deployment, context: Context) -> Iterator[Problem]:
    params = deployment.params or ()
    if not any(k in params for k in PROJECT) and not context.is_set("VERTEXAI_PROJECT"):
        yield _missing(
            deployment, "vertex_project", "LiteLLM takes VERTEXAI_PROJECT or the project of the credential it finds"
        )
    node = next((deployment.params.get(k) for k in LOCATION if deployment.params and k in deployment.params), None)
    place = text(node)
    if node is None and not context.is_set("VERTEXAI_LOCATION"):
        claude = "claude" in deployment.model_id
        yield _missing(
            deployment,
            "vertex_location",
            "LiteLLM takes us-central1, where Claude is not served"
            if claude
            else "LiteLLM takes us-central1 or the first region of its price map",
        )
    elif (
        place
        and node is not None
        and not place.startswith("os.environ")
        and "$" not in place
        and not _SHAPE.fullmatch(place)
    ):
        yield Problem(
            f"the location {place!r} is malformed",
            "every call fails ('Invalid vertex_location format')",
            "write it in lower case without blanks, e.g. us-central1 or global",
            node.mark,
            deployment.param_path("vertex_location"),
            severity="error",
        )


def _missing(deployment: Deployment, key: str, why: str) -> Problem:
    return Problem(
        f"{key} is not set for {deployment.model}",
        why,
        f"add {key}: under litellm_params",
        at(deployment.model_node),
        deployment.param_path(key),
        confidence="medium",
    )
