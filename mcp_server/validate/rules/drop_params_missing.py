"""An open model on Vertex is used without drop_params.

What: a vertex_ai/PUBLISHER/MODEL-maas deployment while neither litellm_settings.drop_params nor the deployment's
    own drop_params is true.
Why: Claude Code sends parameters such as thinking and effort; LiteLLM answers 400 'does not support parameters:
    [reasoning_effort]' for these models instead of dropping them.
Fix: drop_params: true under litellm_settings.

Bad:
    model_list:
      - model_name: qwen
        litellm_params: {model: vertex_ai/zai-org/glm-5.2-maas}

Good:
    model_list:
      - model_name: qwen
        litellm_params: {model: vertex_ai/zai-org/glm-5.2-maas}
    litellm_settings:
      drop_params: true
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.nodes import Scalar, at
from mcp_server.validate.problem import Problem

ID = "drop-params-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    if config.flag("litellm_settings", "drop_params") or config.has_include:
        return
    chosen = config.setting("litellm_settings", "drop_params")
    if isinstance(chosen, Scalar) and chosen.text.startswith("os.environ/"):
        return
    for deployment in config.deployments:
        model = deployment.model or ""
        own = deployment.params.get("drop_params") if deployment.params else None
        if not (model.startswith("vertex_ai/") and model.endswith("-maas") and model.count("/") == 2):
            continue
        if isinstance(own, Scalar) and str(own.value).lower() in ("true", "1"):
            continue
        yield Problem(
            f"{model} is used without drop_params",
            "Claude Code sends thinking and effort parameters, and LiteLLM answers 400 to them for this model",
            "add drop_params: true under litellm_settings (or under this entry's litellm_params)",
            at(deployment.model_node),
            deployment.param_path("drop_params"),
        )
