"""Which dialect each deployment's provider speaks in the laboratory, and the parameters that lead LiteLLM there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server.lab.bedrock_models import Region, foundation_models
from mcp_server.lab.drills.upstreams import Dialect
from mcp_server.validate.schemas.litellm_schema import schema

_BEDROCK_CLAUDE = re.compile(r"(?:[a-z-]+\.)?anthropic\.(?P<id>claude[\w.-]*?)(?:-v\d+:\d+)?$")
#: Providers that LiteLLM calls at ``{api_base}/chat/completions`` (azure: at its deployments), seen with 1.106.2.
_SPEAK_CHAT = frozenset(
    (
        *("azure", "cerebras", "fireworks_ai", "github", "groq", "hosted_vllm", "mistral", "nvidia_nim"),
        *("openrouter", "perplexity", "together_ai", "xai"),
    )
)
#: A region for each prefix of Bedrock's inference profiles, where the file names none.
_HOME = {"apac": "ap-northeast-1", "eu": "eu-west-1", "us": "us-east-1"}
_GOOGLE_PROJECT = "laboratory"
_KEY = "os.environ/DRILL_PROVIDER_KEY"


@dataclass(frozen=True)
class Provider:
    """``model`` is what stands in the copy. ``stands_in``: another provider answers in place of the written one."""

    name: str
    model: str
    dialect: Dialect
    stands_in: bool = False
    location: str | None = None

    def parameters(self, base_url: str, credentials: str) -> dict[str, Any]:
        """What the copy's ``litellm_params`` need for this provider at ``base_url``."""
        params: dict[str, Any] = {"model": self.model, "api_base": base_url}
        if self.dialect in ("vertex", "vertex-claude"):
            location = {} if self.location is None else {"vertex_location": self.location}
            return {**params, "vertex_project": _GOOGLE_PROJECT, "vertex_credentials": credentials, **location}
        if self.dialect == "bedrock" and self.location:
            # The signature needs an account; which one LiteLLM uses follows from the region (``aws_variables``).
            key_id, secret = aws_variables(self.location)
            signing = {"aws_access_key_id": f"os.environ/{key_id}", "aws_secret_access_key": f"os.environ/{secret}"}
            return {
                "model": self.model,
                "aws_bedrock_runtime_endpoint": base_url,
                "aws_region_name": self.location,
                **signing,
            }
        if self.dialect == "chat":
            params["api_base"] = f"{base_url}/v1"
            if self.name == "azure":
                params |= {"api_base": base_url, "api_version": "2024-10-21"}
        return {**params, "api_key": _KEY}


def provider_for(params: Mapping[str, Any]) -> Provider:
    """The provider of a deployment with ``params`` as the user wrote them."""
    written = str(params["model"]).strip()
    given = params.get("custom_llm_provider")
    head, slash, tail = written.partition("/")
    known = schema()
    if isinstance(given, str) and given in known.providers:
        name, model = given, written.removeprefix(f"{given}/")
    elif slash and head in known.providers:
        name, model = head, tail
    else:
        name, model = _inferred(written, params), written
    if name == "anthropic":
        return Provider(name, f"anthropic/{model}", "anthropic")
    if name in ("vertex_ai", "vertex_ai_beta"):
        return _vertex(name, model, params)
    if name in ("bedrock", "bedrock_converse"):
        return _bedrock(name, written, model, params)
    if name in ("claude-code-sdk", "claude-agent-sdk"):
        return Provider(name, f"anthropic/{model}", "anthropic", stands_in=True)
    if name == "deepseek":
        return Provider(name, f"deepseek/{model}", "anthropic")  # LiteLLM calls its /anthropic/v1/messages
    if name in _SPEAK_CHAT:
        return Provider(name, f"{name}/{model}", "chat")
    # */* keeps its meaning: any name is served
    return Provider(name, f"openai/{model}", "chat", stands_in=name != "openai")


def _inferred(written: str, params: Mapping[str, Any]) -> str:
    """LiteLLM's own resolution of a name without a provider prefix, as far as it decides the dialect."""
    if written in schema().bare_models:
        return schema().bare_models[written]
    if re.match(r"(?i)claude", written) and not params.get("api_base"):
        return "anthropic"
    return "openai"


def aws_variables(region: str) -> tuple[str, str]:
    """Names of the variables that hold the laboratory's access key and secret key for ``region``."""
    word = region.upper().replace("-", "_")
    return f"DRILL_AWS_ID_{word}", f"DRILL_AWS_SECRET_{word}"


def _bedrock(name: str, written: str, model: str, params: Mapping[str, Any]) -> Provider:
    """The emulator where it knows the model in the file's region, else a stand-in."""
    given = params.get("aws_region_name")
    region = given if isinstance(given, str) and re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d", given) else None
    bare = re.sub(r"^(?:(?:converse|invoke)/)?(?:[a-z]{2}(?:-[a-z]+)+-\d/)?", "", model)
    region = region or _HOME.get(bare.partition(".")[0], "us-east-1")
    known = Region(region, "", foundation_models(), {})
    if bare in known.models or bare in known.profiles:
        return Provider(
            name, written if written.startswith("bedrock") else f"bedrock/{model}", "bedrock", location=region
        )
    if found := _BEDROCK_CLAUDE.search(model):
        return Provider(name, f"anthropic/{found['id']}", "anthropic", stands_in=True)
    return Provider(name, f"openai/{model}", "chat", stands_in=True)


def _vertex(name: str, model: str, params: Mapping[str, Any]) -> Provider:
    place = params.get("vertex_location")
    location = place if isinstance(place, str) and re.fullmatch(r"[a-z]{2,}[a-z0-9-]*", place) else "us-central1"
    if re.match(r"claude", model):
        return Provider(name, f"vertex_ai/{model}", "vertex-claude", location=location)
    if re.match(r"gemini", model):
        return Provider(name, f"vertex_ai/{model}", "vertex", location=location)
    return Provider(name, f"openai/{model}", "chat", stands_in=True)
