"""The base URL of an Anthropic deployment already contains a path that LiteLLM appends.

What: api_base of an anthropic/ deployment that ends in / or in /v1.
Why: LiteLLM appends /v1/messages: the request goes to //v1/messages or /v1/v1/messages and answers 404.
Fix: give scheme and host only (a complete .../v1/messages is fine too).

Bad:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_base: https://gateway.example.com/v1

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
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "api-base-path"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        node = deployment.params.get("api_base") if deployment.params else None
        if deployment.provider != "anthropic" or not isinstance(node, Scalar) or "://" not in node.text:
            continue
        if "?" in node.text or "#" in node.text:
            yield Problem(
                "api_base has a query",
                "LiteLLM appends /v1/messages behind it, and requests answer 404",
                "write only scheme, host and path",
                node.mark,
                deployment.param_path("api_base"),
            )
            continue
        base = node.text.rstrip("/")
        if node.text == base and not base.endswith("/v1"):
            continue
        better = base.removesuffix("/v1").rstrip("/")
        sent = "/" + f"{node.text}/v1/messages".partition("://")[2].partition("/")[2]
        yield Problem(
            f"api_base {'ends in a slash' if node.text != base else 'ends in /v1'}",
            f"LiteLLM appends /v1/messages, so requests go to {sent} and answer 404",
            f"write api_base: {better}",
            node.mark,
            deployment.param_path("api_base"),
            change=set_text(document, node, better, safe=True),
        )
