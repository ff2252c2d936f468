"""A deployment has an empty key, or none although its address is not the provider's own.

What: api_key: "" or api_key without value; an anthropic/ deployment with its own api_base and no api_key.
Why: LiteLLM then takes the provider's variable (ANTHROPIC_API_KEY) or answers 401 'Missing Anthropic API Key'; with
    a foreign api_base your Anthropic key would be sent to that address.
Fix: api_key: os.environ/NAME.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: ""}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/ANTHROPIC_API_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "api-key-empty"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

KEYLESS = ("anthropic", "openai", "azure", "gemini", "mistral", "openrouter", "groq", "deepseek", "xai")
NAMES = {"gemini": "GEMINI_API_KEY", "azure": "AZURE_API_KEY"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        if deployment.params is None or deployment.provider not in KEYLESS:
            continue
        if "litellm_credential_name" in deployment.params:
            continue
        variable = NAMES.get(deployment.provider, f"{deployment.provider.upper()}_API_KEY")
        entry = deployment.params.entry("api_key")
        if entry is not None and (
            is_empty(entry.value) or text(entry.value) == "" or (text(entry.value) or "").isspace()
        ):
            yield Problem(
                "api_key is empty",
                f"LiteLLM takes {variable} from its environment, or answers 401 to every request",
                f"write api_key: os.environ/{variable}",
                entry.key.mark,
                deployment.param_path("api_key"),
            )
        elif entry is None and deployment.provider == "anthropic" and _foreign(deployment.param("api_base")):
            yield Problem(
                f"the deployment has an api_base of its own and no api_key, so LiteLLM would send {variable} there",
                "either a foreign host receives your Anthropic key, or the request answers 401",
                "add api_key: os.environ/NAME with the key of that gateway",
                at(deployment.params.get("api_base")),
                deployment.param_path("api_key"),
            )


def _foreign(base: str | None) -> bool:
    return bool(base) and "anthropic.com" not in (base or "") and not (base or "").startswith("os.environ/")
