"""An Anthropic deployment uses base_url, which LiteLLM ignores there.

What: base_url instead of api_base on an anthropic/ deployment.
Why: on /v1/messages LiteLLM reads only api_base: requests and key go to api.anthropic.com instead of your endpoint.
Fix: rename base_url to api_base.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          base_url: https://gateway.example.com

Good:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_base: https://gateway.example.com
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "base-url-ignored"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        entry = deployment.params.entry("base_url") if deployment.params else None
        if entry is not None and deployment.provider == "anthropic" and "api_base" not in (deployment.params or ()):
            yield Problem(
                "base_url is not read for anthropic/ models on /v1/messages",
                "requests, and the key, go to api.anthropic.com instead of this address",
                "rename base_url to api_base",
                entry.key.mark,
                deployment.param_path("base_url"),
                change=set_text(document, entry.key, "api_base", safe=True),
            )
