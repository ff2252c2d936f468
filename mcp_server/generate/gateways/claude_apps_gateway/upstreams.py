"""The providers that ``claude gateway`` 2.1.330 can have behind it, each as one entry of ``upstreams``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mcp_server.catalogue.models import models
from mcp_server.errors import UsageError
from mcp_server.generate.providers.bedrock import profile
from mcp_server.generate.providers.variables import Variable
from mcp_server.generate.registry import supported

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.gateways.claude_apps_gateway.wishes import Wishes

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
    credentials: tuple[Variable, ...] = ()
    """What a deployment hands on when it is set, where the host has no identity of its own."""


_AWS_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_AWS = tuple(Variable(n, "AWS credentials, where the host has no role of its own", required=False) for n in _AWS_NAMES)
_GOOGLE_FILE = "google-credentials.json"
_GOOGLE = (
    Variable(
        "GOOGLE_APPLICATION_CREDENTIALS",
        "file with the key of a service account (roles/aiplatform.user)",
        file=_GOOGLE_FILE,
    ),
)


_SPELLINGS: dict[str, tuple[str, ...]] = {
    "anthropic": ("anthropic", "claude api", "anthropic api"),
    "bedrock": ("bedrock", "aws", "amazon", "amazon bedrock"),
    "vertex": ("vertex", "vertexai", "vertex ai", "vertex_ai", "google", "google cloud", "gcp"),
    "foundry": ("foundry", "microsoft foundry", "azure", "azure foundry"),
    "mantle": ("mantle", "bedrock mantle"),
    "anthropic-aws": ("anthropic-aws", "anthropic aws", "claude platform on aws", "anthropicaws"),
    "anthropic-google-cloud": ("anthropic-google-cloud", "anthropic google cloud", "anthropicgooglecloud"),
}


def upstreams(asked: Asked, wishes: Wishes) -> tuple[Upstream, ...]:
    """The upstreams that are asked for, in that order; Anthropic's own API when nothing names one.

    Raises:
        UsageError: a provider that this gateway does not know.
    """
    ids = list(dict.fromkeys(supported("provider", n, _SPELLINGS, tuple(_SPELLINGS)) for n in _named(asked)))
    found = tuple(_BUILDERS[name](asked) for name in ids or ["anthropic"])
    return tuple(_with_role(upstream, wishes) for upstream in found) if wishes.role else _without_role(found, wishes)


def _without_role(found: tuple[Upstream, ...], wishes: Wishes) -> tuple[Upstream, ...]:
    if wishes.external_id or wishes.per_person:
        raise UsageError(
            "an external id and sessions per person belong to an AWS role, and none is named.",
            "Name it in goal: arn:aws:iam::<account>:role/<name>.",
        )
    return found


def _with_role(upstream: Upstream, wishes: Wishes) -> Upstream:
    """The AWS role in which Bedrock is called, for the upstreams that can take one on."""
    if upstream.id not in ("bedrock", "mantle"):
        return upstream
    if "auth" in upstream.entry:
        raise UsageError(
            "a Bedrock API key takes no role on.", "Leave the key out: the AWS credential chain of the host does."
        )
    role: dict[str, Any] = {"role_arn": wishes.role}
    variables = dict(upstream.variables)
    if wishes.external_id:
        role["external_id"] = reference("AWS_EXTERNAL_ID")
        variables["AWS_EXTERNAL_ID"] = "the external id that the role's trust policy asks for"
    if wishes.per_person:
        role["session_name"] = "email"
    note = f"{upstream.note} It calls as {wishes.role}, which must trust the host's own identity (sts:AssumeRole)."
    return replace(upstream, entry={**upstream.entry, "assume_role": role}, variables=variables, note=note)


def upstream_model(name: str, entry: Mapping[str, Any]) -> str:
    """The name by which the upstream of ``entry`` knows a model."""
    known = models().get(name)
    provider = entry["provider"]
    if provider == "vertex" and known:
        return known.publisher_model
    if provider == "bedrock" and known and "bedrock" in known.elsewhere:
        return f"{profile(str(entry['region']))}.{known.elsewhere['bedrock']}"
    return f"anthropic.{name}" if provider == "mantle" and not name.startswith("anthropic.") else name


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
    return Upstream("bedrock", "Amazon Bedrock", entry, variables, note, () if auth else _AWS)


def _vertex(asked: Asked) -> Upstream:
    region = asked.request.vertex_region or "global"
    project, variables = _project(asked)
    entry = {"provider": "vertex", "region": region, "project_id": project}
    note = (
        f"Vertex AI in {region}: Application Default Credentials of the gateway's host sign (roles/aiplatform.user); "
        "add auth.service_account_json: ${file:/path} where there are none."
    )
    return Upstream("vertex", "Google Vertex AI", entry, variables, note, _GOOGLE)


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
    note = f"Bedrock Mantle in {region}: signed as Bedrock is."
    return Upstream("mantle", "Bedrock Mantle", entry, variables, note, () if auth else _AWS)


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
    return Upstream("anthropic-google-cloud", "Claude Platform on Google Cloud", entry, variables, note, _GOOGLE)


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
