"""A stored credential is incomplete, or a deployment names one that does not exist.

What: an entry of credential_list without credential_name, credential_values or credential_info;
    litellm_credential_name that matches no entry.
Why: LiteLLM does not start with an incomplete entry; an unknown name only shows as 401 at the first request.
Fix: give every entry the three keys and use its credential_name.

Bad:
    credential_list:
      - credential_name: anthropic
        credential_values: {api_key: os.environ/ANTHROPIC_API_KEY}

Good:
    credential_list:
      - credential_name: anthropic
        credential_values: {api_key: os.environ/ANTHROPIC_API_KEY}
        credential_info: {description: production}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, is_empty
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "credential-incomplete"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

PARTS = ("credential_name", "credential_values", "credential_info")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    node = config.root.get("credential_list")
    items = node.items if isinstance(node, Sequence) else []
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            continue
        missing = [part for part in PARTS if part not in item]
        for part in PARTS:
            entry = item.entry(part)
            if entry is not None and is_empty(entry.value):  # other types: setting-wrong-type
                yield Problem(
                    f"{part} is empty, and must be {'text' if part == PARTS[0] else 'a mapping'}",
                    "LiteLLM does not start ('validation error for CredentialItem')",
                    f"write {part}: {'NAME' if part == PARTS[0] else '{}'}",
                    entry.key.mark,
                    f"credential_list[{index}].{part}",
                )
        if missing:
            yield Problem(
                f"this credential lacks {' and '.join(missing)}",
                "LiteLLM does not start ('validation error for CredentialItem')",
                f"add {' and '.join(missing)} ({{}} is enough for credential_info)",
                item.mark,
                f"credential_list[{index}]",
            )
    if config.incomplete:
        return
    for deployment in config.deployments:
        wanted = deployment.param("litellm_credential_name")
        if wanted and wanted not in config.credentials:
            close = close_name(wanted, tuple(config.credentials))
            place = deployment.params.get("litellm_credential_name") if deployment.params else None
            yield Problem(
                f"the credential {wanted} is not in credential_list",
                "LiteLLM starts, and every request of this deployment answers 401 when it has no other key",
                f"did you mean {close}?" if close else "add it to credential_list",
                place.mark if place else None,
                deployment.param_path("litellm_credential_name"),
                severity="warning" if deployment.param("api_key") else None,
            )
