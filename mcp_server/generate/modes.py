"""Claude Code's own ways to a provider: which variables switch them on (facts: ``catalogue/claude_code.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_server.catalogue.load import read_yaml
from mcp_server.errors import UsageError
from mcp_server.generate.names import name_variables

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

_SIGN_IN = {
    "bedrock": "aws sso login --profile default   # or any other way of the AWS credential chain",
    "vertex": "gcloud auth application-default login",
    "anthropic": "claude   # then /login",
}
_SECURITY = {
    "bedrock": "The AWS credential chain signs each request (bedrock:InvokeModel and "
    "bedrock:InvokeModelWithResponseStream are enough).",
    "vertex": "Application Default Credentials sign each request (roles/aiplatform.user is enough).",
    "anthropic": "The key of the Anthropic Console is billed to your organisation.",
}
_PATHS = {
    "bedrock": "POST /model/{id}/invoke-with-response-stream (binary event stream) and POST /model/{id}/invoke",
    "vertex": "POST /projects/{project}/locations/{region}/publishers/anthropic/models/{model}:streamRawPredict",
}
_TITLES = {"bedrock": "Amazon Bedrock", "vertex": "Google Vertex AI", "anthropic": "the Anthropic API"}


@dataclass(frozen=True)
class Mode:
    """One entry of the catalogue, with the words of this room."""

    entry: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def title(self) -> str:
        return _TITLES[self.id]

    @property
    def base_url(self) -> str:
        """The variable that holds the address."""
        return str(self.entry["base_url"])

    @property
    def skip_auth(self) -> str:
        """The variable that keeps the client from signing."""
        return str(self.entry["skip_auth"])

    @property
    def own_credential(self) -> str:
        """The variable that takes a key of this provider's own; empty for none."""
        return next(iter(self.entry.get("credentials", {})), "ANTHROPIC_API_KEY" if self.id == "anthropic" else "")

    @property
    def sign_in(self) -> str:
        return _SIGN_IN[self.id]

    @property
    def security(self) -> str:
        return _SECURITY[self.id]

    @property
    def paths(self) -> str:
        """What a gateway must serve for this mode."""
        return _PATHS[self.id]

    def variables(self, asked: Asked) -> dict[str, str]:
        """The mode's switch, its region and project, and the models that were named."""
        request, found = asked.request, dict[str, str]()
        if "switch" in self.entry:
            found[str(self.entry["switch"])] = "1"
        if self.id == "bedrock":
            found["AWS_REGION"] = request.aws_region or str(self.entry["default_region"])
        if self.id == "vertex":
            found["CLOUD_ML_REGION"] = request.vertex_region or "global"
            if request.vertex_project:
                found["ANTHROPIC_VERTEX_PROJECT_ID"] = request.vertex_project
        return found | name_variables(asked.models)

    def notes(self, asked: Asked) -> list[str]:
        """What is assumed or missing."""
        request, found = asked.request, list[str]()
        if self.id == "vertex" and not request.vertex_project:
            found.append(
                "No vertex_project was given: export ANTHROPIC_VERTEX_PROJECT_ID "
                '(for example "$(gcloud config get-value project)"); without a project Claude Code stops.'
            )
        if self.id == "vertex" and not request.vertex_region:
            found.append("Region global was assumed; name vertex_region where data must stay in one place.")
        if self.id == "bedrock" and not request.aws_region:
            found.append(f"Region {self.entry['default_region']} was assumed: the client's own default.")
        if not asked.models:
            found.append("No model is named: Claude Code asks for its own ids of this provider (llm-gateway explain).")
        found.append("Settings measured with Claude Code 2.1.330 and 2.1.197.")
        return found


def through_gateway(mode: Mode, request: GenerateRequest, models: tuple[str, ...], base_url: str) -> dict[str, str]:
    """The variables of a client that speaks the mode's format to a gateway, which signs in its place."""
    return {**mode.variables(_asked(request, models)), mode.base_url: base_url, mode.skip_auth: "1"}


def gateway_notes(mode: Mode | None, request: GenerateRequest, models: tuple[str, ...]) -> list[str]:
    """What is assumed or missing for such a client; nothing without a mode."""
    return mode.notes(_asked(request, models)) if mode is not None else []


def _asked(request: GenerateRequest, models: tuple[str, ...]) -> Asked:
    from datetime import date

    from mcp_server.generate.asked import Asked
    from mcp_server.generate.goal import Wish

    return Asked(request, Wish(models=models), date.min)


def mode_names(asked: Asked) -> list[str]:
    """The providers that are named, in that order, else those whose region or project is given; empty for none.

    Raises:
        UsageError: a provider that is not known.
    """
    from mcp_server.generate.providers.registry import known_provider, known_providers

    named = list(dict.fromkeys(known_provider(name) for name in asked.providers))
    if not asked.request.providers:
        text = asked.request.goal.lower()
        places = {name: [text.find(word) for word in known_providers()[name] if word in text] for name in named}
        named.sort(key=lambda name: min(places[name], default=0))
    return named or _by_arguments(asked)


def mode_of(asked: Asked, *, needs_switch: bool = False) -> Mode:
    """The mode of the one provider that is asked for.

    Raises:
        UsageError: none, several, or one that this client has no mode for.
    """
    wanted = mode_names(asked)
    if len(wanted) > 1:
        raise UsageError(
            f"{', '.join(wanted)} are several providers, and Claude Code speaks to one at a time.",
            "Name one, or put a gateway such as litellm in front of them.",
        )
    if not wanted and needs_switch:
        raise UsageError("the provider is not known.", 'Name one: providers ["bedrock"] or ["vertex"].')
    name = wanted[0] if wanted else "anthropic"
    entry = next(e for e in read_yaml("claude_code.yaml")["providers"] if e["id"] == name)
    if needs_switch and "switch" not in entry:
        raise UsageError(
            f"providers {name!r}: {_TITLES[name]} needs no mode of its own.",
            "Use gateway custom, or the gateway's own name, instead.",
        )
    return Mode(entry)


def _by_arguments(asked: Asked) -> list[str]:
    request = asked.request
    found = ["vertex"] if request.vertex_project or request.vertex_region else []
    return [*found, *(["bedrock"] if request.aws_region else [])]
