"""The secret manager is unknown, or what it needs to sign in is not set.

What: general_settings.key_management_system with an unknown name, or HashiCorp Vault without credentials.
Why: LiteLLM connects to the secret manager before anything else and does not start without it.
Fix: use a known name and set the variables of that manager where LiteLLM runs.

Bad:
    general_settings:
      key_management_system: vault

Good:
    general_settings:
      key_management_system: aws_secret_manager
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "secret-manager-unready"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Sets of variables, one of which must be complete (read in LiteLLM 1.106.2).
NEEDS = {
    "hashicorp_vault": (
        ("HCP_VAULT_TOKEN",),
        ("HCP_VAULT_APPROLE_ROLE_ID", "HCP_VAULT_APPROLE_SECRET_ID"),
        ("HCP_VAULT_CLIENT_CERT", "HCP_VAULT_CLIENT_KEY"),
    ),
}
PACKAGES = {"use_google_kms": "google-cloud-kms", "use_azure_key_vault": "azure-keyvault-secrets"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    general = litellm(document).section("general_settings")
    node = general.get("key_management_system")
    name = text(node)
    valid = tuple(schema().data["key_management_systems"])
    if node is not None and name is not None and name not in valid:
        close = close_name(name, valid)
        yield Problem(
            f"the secret manager {name} does not exist",
            "LiteLLM does not start ('Invalid Key Management System selected')",
            (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(valid)}",
            node.mark,
            "general_settings.key_management_system",
        )
    elif node is not None and name in NEEDS and context.environment is not None:
        sets = NEEDS[name]
        if not any(all(context.is_set(v) for v in needed) for needed in sets):
            yield Problem(
                f"{name} is chosen and none of its credentials is set here",
                "LiteLLM signs in to the secret manager before anything else and does not start without it",
                "set " + ", or ".join(" and ".join(needed) for needed in sets) + " where LiteLLM runs",
                node.mark,
                "general_settings.key_management_system",
                confidence="medium",
            )
    for key, package in PACKAGES.items():
        entry = general.entry(key)
        if entry is not None and isinstance(entry.value, Scalar) and entry.value.value is True:
            yield Problem(
                f"{key} is the deprecated form, and needs the package {package}",
                "a plain installation of LiteLLM does not start with it"
                if key == "use_google_kms"
                else "without the package LiteLLM starts and reads no secret",
                f"use key_management_system, or install {package} where LiteLLM runs",
                entry.key.mark,
                f"general_settings.{key}",
                severity=None if key == "use_google_kms" else "warning",
                confidence="medium",
            )
