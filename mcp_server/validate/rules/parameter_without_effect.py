"""A deployment parameter is accepted and does nothing on /v1/messages.

What: ssl_verify at a deployment, api_key at a vertex_ai/ deployment, a Llama model on Vertex without
    disable_hf_tokenizer_download.
Why: certificates are checked by litellm_settings.ssl_verify only; Vertex signs in with vertex_credentials; without
    the tokenizer switch LiteLLM tries to download a tokenizer, which costs 46 s per turn in a closed network.
Fix: move the setting to the place that counts.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-3.5-flash, api_key: os.environ/GOOGLE_API_KEY}

Good:
    model_list:
      - model_name: gemini
        litellm_params:
          model: vertex_ai/gemini-3.5-flash
          vertex_credentials: os.environ/GOOGLE_APPLICATION_CREDENTIALS
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "parameter-without-effect"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for deployment in config.deployments:
        if deployment.params is not None:
            yield from _deployment(config, deployment, deployment.params)


def _deployment(config: LiteLLMConfig, deployment: Deployment, params: Mapping) -> Iterator[Problem]:
    verify = params.entry("ssl_verify")
    if verify is not None:
        yield Problem(
            "ssl_verify at a deployment has no effect on /v1/messages",
            "certificates are still checked with LiteLLM's own authorities, and the call fails behind TLS inspection",
            "set ssl_verify under litellm_settings (with the path of the CA file)",
            verify.key.mark,
            deployment.param_path("ssl_verify"),
        )
    model = deployment.model or ""
    key = params.entry("api_key")
    if model.startswith("vertex_ai/") and key is not None:
        yield Problem(
            "api_key is ignored for vertex_ai/ models",
            "Vertex signs in with vertex_credentials or the default credentials of the machine",
            "use vertex_credentials, or gemini/ with a Gemini API key",
            key.key.mark,
            deployment.param_path("api_key"),
        )
    if model.startswith("vertex_ai/meta/") and not config.flag("litellm_settings", "disable_hf_tokenizer_download"):
        yield Problem(
            "LiteLLM downloads a tokenizer for Llama models",
            "without access to huggingface.co every streamed turn waits about 46 s",
            "add disable_hf_tokenizer_download: true under litellm_settings",
            at(deployment.model_node),
            deployment.param_path("model"),
        )
