"""A provider without an address of its own has no api_base.

What: a deployment of hosted_vllm/, litellm_proxy/, lm_studio/, custom_openai/, azure/, azure_ai/ or databricks/ without
    api_base, and without the variable from which LiteLLM could take it.
Why: for servers that speak OpenAI's protocol LiteLLM then calls api.openai.com, with the key and the prompt; for Azure
    and Databricks every call is answered with an error.
Fix: add api_base with the address of the server.

Bad:
    model_list:
      - model_name: local
        litellm_params: {model: hosted_vllm/qwen, api_key: os.environ/VLLM_KEY}

Good:
    model_list:
      - model_name: local
        litellm_params: {model: hosted_vllm/qwen, api_base: "http://vllm:8000/v1", api_key: os.environ/VLLM_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem

ID = "api-base-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

OPENAI = "LiteLLM calls api.openai.com instead, with the key and the prompt"
NOWHERE = "LiteLLM starts, and every call of this deployment is answered with an error"
#: Provider to what happens (measured) and the variables that also give the address.
PROVIDERS = {
    "hosted_vllm": (OPENAI, ("HOSTED_VLLM_API_BASE",)),
    "lm_studio": (OPENAI, ("LM_STUDIO_API_BASE",)),
    "litellm_proxy": (OPENAI, ("LITELLM_PROXY_API_BASE",)),
    "custom_openai": (OPENAI, ("OPENAI_API_BASE", "OPENAI_BASE_URL")),
    "openai_like": (NOWHERE, ("OPENAI_LIKE_API_BASE",)),
    "azure": (NOWHERE, ("AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT")),
    "azure_ai": (NOWHERE, ("AZURE_AI_API_BASE", "AZURE_API_BASE")),
    "databricks": (NOWHERE, ("DATABRICKS_API_BASE", "DATABRICKS_HOST")),
}
GIVE = ("api_base", "base_url", "azure_endpoint", "litellm_credential_name")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    inside = config.effective("environment_variables")
    for deployment in config.deployments:
        why, variables = PROVIDERS.get(deployment.provider or "", ("", ()))
        if not why or any(name in (deployment.params or ()) for name in GIVE):
            continue
        if any(context.is_set(name) or name in inside for name in variables):
            continue
        yield _problem(deployment, context, why, variables)


def _problem(deployment: Deployment, context: Context, why: str, variables: tuple[str, ...]) -> Problem:
    return Problem(
        f"{deployment.model} has no api_base",
        why if context.environment is not None else f"{why}, unless {variables[0]} is set where it runs",
        "add api_base: with the address of the server",
        at(deployment.model_node),
        deployment.param_path("api_base"),
        severity=None if context.environment is not None else "warning",
        confidence="high" if context.environment is not None else "medium",
    )
