"""A provider has no endpoint for chat.

What: a deployment of a provider that LiteLLM knows only for speech, images or search (elevenlabs/, deepgram/, ...).
Why: LiteLLM starts, and answers every chat request with 400 'Unmapped LLM provider for this endpoint'.
Fix: use a provider with chat models, or say what the deployment is for with model_info.mode.

Bad:
    model_list:
      - model_name: voice
        litellm_params: {model: elevenlabs/some-model, api_key: os.environ/KEY}

Good:
    model_list:
      - model_name: voice
        litellm_params: {model: elevenlabs/some-model, api_key: os.environ/KEY}
        model_info: {mode: audio_speech}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document
from mcp_server.document.nodes import at, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "provider-without-chat"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        mode = text(deployment.info.get("mode")) if deployment.info is not None else None
        if mode in (None, "chat") and deployment.provider in read_json("litellm_routes.json")["no-chat"]:
            yield Problem(
                f"LiteLLM has no chat endpoint for the provider {deployment.provider}",
                "it starts, and answers every request of Claude Code with 400 'Unmapped LLM provider'",
                "use another provider, or add mode: under model_info when the model is not for chat",
                at(deployment.model_node),
                deployment.param_path("model"),
            )
