"""The credentials file of a deployment does not exist.

What: vertex_credentials with a path that does not exist.
Why: LiteLLM starts; every call answers 500 'Unable to load vertex credentials from environment'.
Fix: correct the path (as the LiteLLM process sees it), or use os.environ/GOOGLE_APPLICATION_CREDENTIALS.

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_credentials: /missing/key.json}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_credentials: os.environ/GOOGLE_APPLICATION_CREDENTIALS}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "credentials-file-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

KEYS = ("vertex_credentials", "vertex_ai_credentials")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for deployment in config.deployments:
        for key in KEYS:
            node = deployment.params.get(key) if deployment.params else None
            yield from _path(
                node, context, deployment.param_path(key), "every call answers 500 'Unable to load vertex credentials'"
            )
    ca = config.setting("litellm_settings", "ssl_verify")
    yield from _path(
        ca, context, "litellm_settings.ssl_verify", "LiteLLM says nothing and uses its default authorities"
    )


def _path(node: Node | None, context: Context, path: str, why: str) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or not node.is_text:
        return
    value = node.text.strip()
    if not value or value.startswith(("{", "os.environ", "$")) or ("/" not in value and "." not in value):
        return
    if context.missing_file(value):
        yield Problem(
            f"the file {value} does not exist here",
            why,
            "correct the path (as the LiteLLM process sees it, e.g. inside its container)",
            node.mark,
            path,
            confidence="medium",
        )
