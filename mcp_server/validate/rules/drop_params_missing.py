"""A model that takes no thinking parameters is used without drop_params.

What: an open model on Vertex (vertex_ai/PUBLISHER/MODEL-maas), or a model that is not known to reason at a provider
    such as openai/, azure/, groq/ or mistral/, while neither litellm_settings.drop_params nor the deployment's own
    drop_params is true.
Why: LiteLLM 1.106.2 answers 400 'does not support parameters: [reasoning_effort]' for these models to a request with
    thinking. It leaves them out by itself only for a client that calls itself claude-cli (measured): older releases,
    other clients, and every proxy on the way that changes the User-Agent run into the 400.
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

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Scalar, at, scalar, text
from mcp_server.document.structure import set_in_section
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem

ID = "drop-params-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

#: Parts of ids of models that LiteLLM knows to reason, or that come from a provider whose models it never refuses.
REASONS = re.compile(
    r"(?i)claude|gemini|(^|[/-])o\d|gpt-5|gpt-oss|codex|grok|r1|reason|think|magistral|qwq|nova|deepseek"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    if config.flag("litellm_settings", "drop_params") or any(file.unread for file in config.files):
        return
    chosen = config.effective("litellm_settings").get("drop_params")
    if isinstance(chosen, Scalar) and chosen.text.startswith("os.environ/"):
        return
    for deployment in config.deployments:
        model = deployment.model or ""
        own = deployment.params.get("drop_params") if deployment.params else None
        open_model = _is_open(model)
        refused = ["reasoning_effort"] if open_model else _refused(deployment)
        if not refused:
            continue
        if isinstance(own, Scalar) and str(own.value).lower() in ("true", "1"):
            continue
        yield Problem(
            f"{model} is used without drop_params",
            f"LiteLLM answers 400 to thinking for this model ({', '.join(refused)}), except when the User-Agent says "
            "claude-cli and the release is new enough",
            "add drop_params: true under litellm_settings (or under this entry's litellm_params)",
            at(deployment.model_node),
            deployment.param_path("drop_params"),
            confidence="high" if open_model else "medium",
            change=replace_node(chosen, "true")
            if chosen is not None
            else set_in_section(document, config.root, "litellm_settings", "drop_params", "true"),
        )


def _is_open(model: str) -> bool:
    """An open model of Vertex that LiteLLM does not know to reason; of gpt-oss it does (measured)."""
    of_a_publisher = model.startswith("vertex_ai/") and model.endswith("-maas") and model.count("/") == 2
    return of_a_publisher and "/gpt-oss" not in model


def _refused(deployment: Deployment) -> list[str]:
    """The parameters of Claude Code's request that LiteLLM refuses for an unknown model of this provider (measured)."""
    if deployment.provider in (None, "vertex_ai", "bedrock") or REASONS.search(deployment.model or ""):
        return []
    if deployment.info is not None and scalar(deployment.info.get("supports_reasoning")) is True:
        return []
    if deployment.info is not None and text(deployment.info.get("mode")) not in (None, "chat", "responses"):
        return []
    found: dict[str, list[str]] = read_json("litellm_routes.json")["refuses"]
    return found.get(deployment.provider or "", [])
