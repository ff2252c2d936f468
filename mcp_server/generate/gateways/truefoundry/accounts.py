"""The provider accounts that can be written, each with the ids that its provider has for Claude models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_server.errors import UsageError
from mcp_server.generate.modes import mode_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_server.generate.asked import Asked

#: The tenant's name is filled in before the manifest is applied; group and keys are TrueFoundry secrets.
TENANT = "TFY_TENANT"
SECRETS = "claude-code"


@dataclass(frozen=True)
class Account:
    """One manifest ``provider-account/…``."""

    id: str
    title: str
    name: str
    manifest: Mapping[str, Any]
    variables: Mapping[str, str]
    """Variable to fill in before applying → what it is. None is a secret."""
    secrets: Mapping[str, str]
    """Secret of the group → what it is."""


def make_accounts(asked: Asked, models: tuple[str, ...]) -> tuple[Account, ...]:
    """The accounts of the providers that are asked for; Anthropic's own API when nothing names one.

    Raises:
        UsageError: a provider that is not known.
    """
    names = mode_names(asked) or ["anthropic"]
    other = next((name for name in names if name not in _BUILDERS), "")
    if other:
        raise UsageError(
            f"an account of {other} is not written for TrueFoundry.", f"Choose among {', '.join(_BUILDERS)}."
        )
    return tuple(_BUILDERS[name](asked, models) for name in names)


def _secret(key: str) -> str:
    return f"tfy-secret://${{{TENANT}}}:{SECRETS}:{key}"


def _integrations(kind: str, models: tuple[str, ...], ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"type": f"integration/model/{kind}", "name": m, "model_id": ids.get(m, m), "model_types": ["chat"]}
        for m in models
    ]


def _anthropic(asked: Asked, models: tuple[str, ...]) -> Account:
    manifest: dict[str, Any] = {"type": "provider-account/anthropic", "name": "anthropic-main"}
    secrets = {}
    # With claude.ai logins passed on, an account's own key would be billed instead.
    if asked.request.auth != "oauth":
        manifest["auth_data"] = {"type": "api-key", "api_key": _secret("anthropic-api-key")}
        secrets = {"anthropic-api-key": "the company's key, from the Anthropic Console"}
    manifest["integrations"] = _integrations("anthropic", models, {})
    return Account("anthropic", "the Anthropic API", "anthropic-main", manifest, {}, secrets)


def _bedrock(asked: Asked, models: tuple[str, ...]) -> Account:
    from mcp_server.catalogue.claude_code import bedrock_prefix, clients, translated

    region = asked.request.aws_region or "us-east-1"
    prefix = bedrock_prefix(region)
    ids = {name: to.replace("{prefix}", prefix) for name, to in translated(clients()[0].version, "bedrock").items()}
    manifest = {
        "type": "provider-account/aws-bedrock",
        "name": "bedrock-main",
        "region": region,
        "auth_data": {"type": "assumed-role-based", "assumed_role_arn": "${BEDROCK_ROLE_ARN}"},
        "integrations": _integrations("bedrock", models, ids),
    }
    variables = {"BEDROCK_ROLE_ARN": "the IAM role that TrueFoundry assumes (bedrock:InvokeModel*)"}
    return Account("bedrock", f"Amazon Bedrock in {region}", "bedrock-main", manifest, variables, {})


def _vertex(asked: Asked, models: tuple[str, ...]) -> Account:
    from mcp_server.catalogue.claude_code import clients, translated

    region = asked.request.vertex_region or "global"
    project = asked.request.vertex_project
    manifest = {
        "type": "provider-account/google-vertex",
        "name": "vertex-main",
        "project_id": project or "${GOOGLE_CLOUD_PROJECT}",
        "region": region,
        "auth_data": {"type": "key-file", "key_file_content": _secret("vertex-key-file")},
        "integrations": _integrations("vertex", models, translated(clients()[0].version, "vertex")),
    }
    variables = {} if project else {"GOOGLE_CLOUD_PROJECT": "the Google Cloud project's id"}
    secrets = {"vertex-key-file": "the key file of a service account with roles/aiplatform.user"}
    return Account("vertex", f"Google Vertex AI in {region}", "vertex-main", manifest, variables, secrets)


_BUILDERS: dict[str, Callable[[Asked, tuple[str, ...]], Account]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "vertex": _vertex,
}
