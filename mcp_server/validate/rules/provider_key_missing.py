"""A provider's key comes from a variable that is not set.

What: a deployment of a provider with API keys that names neither api_key nor a credential, while the variable from
    which LiteLLM then takes the key is not set here.
Why: LiteLLM starts, and every request of the deployment is refused (401, or 500 'Missing ... API Key').
Fix: add api_key: os.environ/NAME, or set the variable where LiteLLM runs.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: gemini/gemini-3.5-flash}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: gemini/gemini-3.5-flash, api_key: os.environ/GEMINI_API_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem

ID = "provider-key-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

#: Provider to the variables from which LiteLLM 1.106.2 takes its key (read in its source, the first ones measured).
VARIABLES = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "openai": ("OPENAI_API_KEY",),
    "azure": ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_AD_TOKEN", "AZURE_CLIENT_SECRET"),
    "azure_ai": ("AZURE_AI_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "xai": ("XAI_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN"),
    "fireworks_ai": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "nvidia_nim": ("NVIDIA_NIM_API_KEY",),
    "cerebras": ("CEREBRAS_API_KEY",),
    "moonshot": ("MOONSHOT_API_KEY",),
}
#: Prefixes of parameters that sign in without a key.
OTHER_WAYS = ("azure_ad_token", "client_id", "client_secret", "tenant_id", "anthropic_", "aws_", "litellm_credential")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    seen: set[str] = set()
    for deployment in config.deployments:
        names = VARIABLES.get(deployment.provider or "", ())
        if not names or deployment.provider in seen or _signs_in(deployment):
            continue
        inside = config.effective("environment_variables")
        if context.environment is None or any(context.is_set(n) or n in inside for n in names):
            continue
        seen.add(deployment.provider or "")
        here = config.runs_here(context)
        yield Problem(
            f"{deployment.model} has no api_key, and {names[0]} is not set here",
            "LiteLLM starts, and every request of this deployment is refused for want of a key",
            f"add api_key: os.environ/{names[0]}, or set {names[0]} where LiteLLM runs",
            at(deployment.model_node),
            deployment.param_path("api_key"),
            severity=None if here else "info",
            confidence="high" if here else "medium",
        )


def _signs_in(deployment: Deployment) -> bool:
    """Whether the entry brings a key (an empty one is the business of api-key-empty) or another way to sign in."""
    base = deployment.param("api_base") or deployment.param("base_url") or ""
    keys = [entry.name for entry in deployment.params or ()]
    own = bool(base) and "://api." not in base  # a server of one's own may need no key
    return own or "api_key" in keys or any(key.startswith(OTHER_WAYS) for key in keys)
