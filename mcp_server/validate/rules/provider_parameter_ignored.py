"""Parameters of one cloud stand at a model of another provider.

What: vertex_* keys at a gemini/ model, aws_* keys at an anthropic/ model.
Why: LiteLLM ignores them with a warning and asks for the credentials of the other provider: 500 'Missing Gemini API
    key'.
Fix: use the prefix of the cloud you mean: vertex_ai/ or bedrock/.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: gemini/gemini-2.5-pro, vertex_project: my-project}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_project: my-project}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem

ID = "provider-parameter-ignored"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

READ_BY = {
    "vertex_": ("vertex_ai", {"vertex_ai", "vertex_ai_beta", "vertex_ai-anthropic_models"}),
    "aws_": (
        "bedrock",
        {
            "bedrock",
            "bedrock_converse",
            "bedrock_mantle",
            "sagemaker",
            "sagemaker_chat",
            "sagemaker_nova",
            "aws_polly",
            "aws_textract",
            "amazon_nova",
            "claude_platform",
        },
    ),
}
#: Providers whose own models the cloud also serves: there the mix-up is certain.
MIXED_UP = {"gemini": "vertex_", "anthropic": "aws_", "openai": "", "vertex_ai": "aws_"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        provider = deployment.provider
        if provider not in ("gemini", "anthropic", "openai"):
            continue
        for prefix, (cloud, readers) in READ_BY.items():
            keys = [e for e in deployment.params or () if e.name.startswith(prefix)]
            if not keys or provider in readers:
                continue
            better = f"{cloud}/{deployment.model_id}"
            yield Problem(
                f"{', '.join(e.name for e in keys)} at a model that resolves to the provider {provider}",
                f"LiteLLM ignores them with a log warning and asks for credentials of {provider}",
                f"write model: {better} (or delete {prefix}* when {provider} is meant)",
                at(deployment.model_node),
                deployment.param_path("model"),
                severity="error" if _fails(deployment, provider, prefix) else "warning",
                change=set_text(document, deployment.model_node, better),
            )


def _fails(deployment: Deployment, provider: str, prefix: str) -> bool:
    """With a key of its own the deployment works, and the parameters are only ignored."""
    return (MIXED_UP[provider] == prefix or provider == "anthropic") and not deployment.param("api_key")
