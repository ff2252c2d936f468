"""The base URL of a deployment lacks http:// or https://.

What: api_base: host:port.
Why: every call ends in a connection error after LiteLLM's retries.
Fix: write the scheme.

Bad:
    model_list:
      - model_name: local
        litellm_params: {model: openai/local, api_base: "127.0.0.1:8000/v1"}

Good:
    model_list:
      - model_name: local
        litellm_params: {model: openai/local, api_base: "http://127.0.0.1:8000/v1"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import is_local
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "api-base-no-scheme"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        for key in ("api_base", "base_url"):
            node = deployment.params.get(key) if deployment.params else None
            if not isinstance(node, Scalar) or not node.is_text or not node.text.strip():
                continue
            text = node.text
            if "://" in text or "environ" in text.lower() or text.startswith(("$", "%", "{")):
                continue  # complete, or a reference that another rule judges
            yield Problem(
                f"{key} has no scheme",
                "every call ends in a connection error after LiteLLM's retries",
                f"write https:// in front (http:// only on this machine): {key}: https://{text}",
                node.mark,
                deployment.param_path(key),
                change=set_text(document, node, f"{'http' if is_local(_host(text)) else 'https'}://{text}"),
            )


def _host(address: str) -> str:
    return re.split(r"[:/?#]", address, maxsplit=1)[0]
