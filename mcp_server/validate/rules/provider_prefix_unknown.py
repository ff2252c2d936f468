"""The model string names no provider that LiteLLM knows.

What: a misspelt prefix (vertexai/, vertex/, Vertex_AI/), a model id without its provider, a retired bare name.
Why: LiteLLM logs an error, drops the deployment and starts without it; the first request answers 400 'There are no
    healthy deployments for this model'.
Fix: write PROVIDER/MODEL with a provider LiteLLM knows, e.g. vertex_ai/gemini-2.5-pro or
    anthropic/claude-sonnet-4-6.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertexai/gemini-2.5-pro}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.models import find_model
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "provider-prefix-unknown"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
#: Usual spellings that the nearest-name search would miss or get wrong.
MEANT = {"vertex": "vertex_ai", "google": "gemini", "aws": "bedrock", "claude": "anthropic", "mistralai": "mistral"}

#: Families whose own provider is the best guess for a name without prefix.
BY_NAME = {"claude-": "anthropic", "gpt-": "openai", "gemini-": "gemini", "mistral-": "mistral", "command-": "cohere"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for deployment in config.deployments:
        model = deployment.model
        if not model or not model.strip() or model.startswith("os.environ") or "${" in model:
            continue
        if deployment.provider is not None or model.partition("/")[0] in config.custom_providers:
            yield from _no_id(deployment, model)
            continue
        given = deployment.param("custom_llm_provider")
        if given:
            if given not in config.custom_providers:
                yield _unknown_provider(deployment, given)
            continue
        better = _suggestion(deployment)
        yield Problem(
            f"LiteLLM finds no provider for the model {model}",
            "the deployment is dropped at start with only a log line; requests answer 400 'no healthy deployments'",
            f"write model: {better}"
            if better
            else "put the provider in front: PROVIDER/MODEL (e.g. vertex_ai/, anthropic/, bedrock/, openai/)",
            at(deployment.model_node),
            deployment.param_path("model"),
            change=set_text(
                document, deployment.model_node, better, safe=evident(model.partition("/")[0], better.partition("/")[0])
            )
            if better
            else None,
        )


def _no_id(deployment: Deployment, model: str) -> Iterator[Problem]:
    """A provider with nothing, or with a second slash, behind it."""
    head, _, tail = model.partition("/")
    if head in schema().providers and (not tail.strip() or tail.startswith("/")):
        yield Problem(
            f"the model {model} has {'no id' if not tail.strip() else 'a second slash'} behind the provider",
            "LiteLLM starts, and asks the provider for a model that does not exist",
            f"write {head}/MODEL" if not tail.strip() else f"write {head}/{tail.lstrip('/')}",
            at(deployment.model_node),
            deployment.param_path("model"),
            severity="warning" if head == "azure" else None,  # there the address may name the deployment
        )


def _unknown_provider(deployment: Deployment, given: str) -> Problem:
    close = close_name(given, schema().providers)
    place = deployment.params.get("custom_llm_provider") if deployment.params else None
    return Problem(
        f"LiteLLM knows no provider {given}",
        "the deployment is dropped at start with only a log line; requests answer 400 'no healthy deployments'",
        f"did you mean {close}?" if close else "name a provider that LiteLLM knows, or delete custom_llm_provider",
        at(place),
        deployment.param_path("custom_llm_provider"),
    )


def _suggestion(deployment: Deployment) -> str | None:
    model = deployment.model or ""
    head, slash, tail = model.partition("/")
    keys = {e.name for e in deployment.params or ()}
    if deployment.param("api_base") and not any(k.startswith(("vertex_", "aws_")) for k in keys):
        return f"openai/{model}"
    if not slash or find_model(f"vertex_ai/{model}"):
        if any(k.startswith("vertex_") for k in keys):
            return f"vertex_ai/{model}"
        if any(k.startswith("aws_") for k in keys):
            return f"bedrock/{model}"
        known = find_model(f"vertex_ai/{model}")
        if known and known.litellm_model.endswith(model):
            return known.litellm_model
        return next((f"{p}/{model}" for start, p in BY_NAME.items() if model.startswith(start)), None)
    providers = tuple(schema().providers)
    provider = MEANT.get(head.lower()) or (head.lower() if head.lower() in providers else close_name(head, providers))
    return f"{provider}/{tail}" if provider else None
