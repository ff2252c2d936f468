"""The providers that ``claude gateway`` 2.1.330 can have behind it, each as one entry of ``upstreams``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_server.errors import UsageError
from mcp_server.generate.registry import supported

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

#: Region that the client itself takes where none is named.
_AWS_REGION = "us-east-1"


@dataclass(frozen=True)
class Upstream:
    """One provider: the entry of the file, and the variables that it refers to."""

    id: str
    title: str
    entry: Mapping[str, Any]
    variables: Mapping[str, str]
    """Variable → what its value is. All must be set before the program starts: it refuses an unset one."""
    note: str


_SPELLINGS: dict[str, tuple[str, ...]] = {
    "anthropic": ("anthropic", "claude api", "anthropic api"),
    "bedrock": ("bedrock", "aws", "amazon", "amazon bedrock"),
    "vertex": ("vertex", "vertexai", "vertex ai", "vertex_ai", "google", "google cloud", "gcp"),
    "foundry": ("foundry", "microsoft foundry", "azure", "azure foundry"),
    "mantle": ("mantle", "bedrock mantle"),
    "anthropic-aws": ("anthropic-aws", "anthropic aws", "claude platform on aws", "anthropicaws"),
    "anthropic-google-cloud": ("anthropic-google-cloud", "anthropic google cloud", "anthropicgooglecloud"),
}


def upstreams(asked: Asked) -> tuple[Upstream, ...]:
    """The upstreams that are asked for, in that order; Anthropic's own API when nothing names one.

    Raises:
        UsageError: a provider that this gateway does not know.
    """
    ids = list(dict.fromkeys(supported("provider", n, _SPELLINGS, tuple(_SPELLINGS)) for n in _named(asked)))
    return tuple(_BUILDERS[name](asked) for name in ids or ["anthropic"])


def reference(variable: str) -> str:
    """How the file refers to a variable."""
    return f"${{{variable}}}"


def _named(asked: Asked) -> list[str]:
    """Arguments beat words; of two words that overlap (anthropic aws, aws) the longer one counts."""
    request = asked.request
    if request.providers:
        return list(request.providers)
    text, found = asked.request.goal.lower(), dict[int, str]()
    # The gateway's own name is no provider's.
    text = re.sub(r"anthropic'?s (?:own )?(?:claude )?gateway", " ", text)
    for name, words in sorted(_SPELLINGS.items(), key=lambda entry: -max(map(len, entry[1]))):
        for word in sorted(words, key=len, reverse=True):
            for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text):
                found[match.start()] = name
                text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    by_words = [name for _, name in sorted(found.items())]
    by_arguments = ["vertex"] if request.vertex_project or request.vertex_region else []
    by_arguments += ["bedrock"] if request.aws_region else []
    kinds = {"vertex", "anthropic-google-cloud"}, {"bedrock", "mantle", "anthropic-aws"}
    missing = [n for n in by_arguments if not any(n in kind and kind & set(by_words) for kind in kinds)]
    return by_words + missing


def _aws_auth(asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    """A Bedrock API key when the words say so; else the program's AWS credential chain, which needs no entry."""
    if not re.search(r"\bbedrock (?:api )?key|bearer token\b", asked.request.goal, re.I):
        return {}, {}
    name = "AWS_BEARER_TOKEN_BEDROCK"
    return {"auth": {"aws_bearer_token": reference(name)}}, {name: "a Bedrock API key"}


def _anthropic(_asked: Asked) -> Upstream:
    entry = {"provider": "anthropic", "auth": {"api_key": reference("ANTHROPIC_API_KEY")}}
    variables = {"ANTHROPIC_API_KEY": "the company's key, from the Anthropic Console"}
    return Upstream("anthropic", "the Anthropic API", entry, variables, "Reaches api.anthropic.com:443.")


def _bedrock(asked: Asked) -> Upstream:
    region = asked.request.aws_region or _AWS_REGION
    auth, variables = _aws_auth(asked)
    entry = {"provider": "bedrock", "region": region, **auth}
    signer = "the Bedrock API key opens it" if auth else "the AWS credential chain of the gateway's host signs"
    note = f"Amazon Bedrock in {region}: {signer} (bedrock:InvokeModel, bedrock:InvokeModelWithResponseStream)."
    return Upstream("bedrock", "Amazon Bedrock", entry, variables, note)


def _vertex(asked: Asked) -> Upstream:
    region = asked.request.vertex_region or "global"
    project, variables = _project(asked)
    entry = {"provider": "vertex", "region": region, "project_id": project}
    note = (
        f"Vertex AI in {region}: Application Default Credentials of the gateway's host sign (roles/aiplatform.user); "
        "add auth.service_account_json: ${file:/path} where there are none."
    )
    return Upstream("vertex", "Google Vertex AI", entry, variables, note)


def _foundry(_asked: Asked) -> Upstream:
    entry = {
        "provider": "foundry",
        "resource": reference("ANTHROPIC_FOUNDRY_RESOURCE"),
        "auth": {"api_key": reference("ANTHROPIC_FOUNDRY_API_KEY")},
    }
    variables = {
        "ANTHROPIC_FOUNDRY_RESOURCE": "the name of the Foundry resource, not its URL",
        "ANTHROPIC_FOUNDRY_API_KEY": "a key of that resource",
    }
    note = "Microsoft Foundry: auth.use_azure_ad: true instead of the key where the host has a managed identity."
    return Upstream("foundry", "Microsoft Foundry", entry, variables, note)


def _mantle(asked: Asked) -> Upstream:
    region = asked.request.aws_region or _AWS_REGION
    if not asked.models:
        raise UsageError(
            "the upstream mantle needs to be told its models; the program has no list of them.",
            'Name them: models ["claude-opus-5-5", …].',
        )
    auth, variables = _aws_auth(asked)
    names = [m if m.startswith("anthropic.") else f"anthropic.{m}" for m in asked.models]
    entry = {"provider": "mantle", "region": region, "models": names, **auth}
    return Upstream("mantle", "Bedrock Mantle", entry, variables, f"Bedrock Mantle in {region}: signed as Bedrock is.")


def _anthropic_aws(asked: Asked) -> Upstream:
    region = asked.request.aws_region or _AWS_REGION
    entry = {
        "provider": "anthropicAws",
        "region": region,
        "workspace_id": reference("ANTHROPIC_AWS_WORKSPACE_ID"),
        "auth": {"api_key": reference("ANTHROPIC_AWS_API_KEY")},
    }
    variables = {
        "ANTHROPIC_AWS_WORKSPACE_ID": "the workspace's id (wrkspc_…)",
        "ANTHROPIC_AWS_API_KEY": "a key of that workspace",
    }
    note = "Claude Platform on AWS: delete auth to let the host's AWS credentials sign instead of the key."
    return Upstream("anthropic-aws", "Claude Platform on AWS", entry, variables, note)


def _anthropic_google_cloud(asked: Asked) -> Upstream:
    project, variables = _project(asked)
    entry = {
        "provider": "anthropicGoogleCloud",
        "project_id": project,
        "workspace_id": reference("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID"),
        "location": asked.request.vertex_region or "global",
    }
    variables |= {"ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "the workspace's id"}
    note = "Claude Platform on Google Cloud: Application Default Credentials of the gateway's host sign."
    return Upstream("anthropic-google-cloud", "Claude Platform on Google Cloud", entry, variables, note)


def _project(asked: Asked) -> tuple[str, dict[str, str]]:
    if asked.request.vertex_project:
        return asked.request.vertex_project, {}
    return reference("GOOGLE_CLOUD_PROJECT"), {"GOOGLE_CLOUD_PROJECT": "the Google Cloud project's id"}


_BUILDERS: dict[str, Callable[[Asked], Upstream]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "vertex": _vertex,
    "foundry": _foundry,
    "mantle": _mantle,
    "anthropic-aws": _anthropic_aws,
    "anthropic-google-cloud": _anthropic_google_cloud,
}
