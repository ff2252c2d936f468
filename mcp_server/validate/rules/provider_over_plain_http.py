"""A provider is reached over plain http across the network.

What: an api_base with http:// and a host that is neither this machine nor a name of a container network.
Why: prompts, code and the provider's key travel readable for everybody on the way.
Fix: use https://, or a tunnel that ends on the machine of LiteLLM.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_key: os.environ/ANTHROPIC_API_KEY
          api_base: http://models.example.com

Good:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_key: os.environ/ANTHROPIC_API_KEY
          api_base: https://models.example.com
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import host, is_local
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "provider-over-plain-http"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

KEYS = ("api_base", "base_url", "aws_bedrock_runtime_endpoint")
#: Names of a container network or a cluster, and the machine that runs the container.
INSIDE = re.compile(r"^[^.:]+$|\.svc(\.cluster\.local)?$|\.docker\.internal$|\.containers\.internal$")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        for key in KEYS:
            node = deployment.params.get(key) if deployment.params else None
            value = (text(node) or "").strip()
            name = host(value) if value.lower().startswith("http://") else None
            if node is None or not name or is_local(name) or INSIDE.search(name) or name.startswith("os.environ"):
                continue
            yield Problem(
                f"{key} uses plain http to {name}",
                "prompts, code and the provider's key are readable on the way",
                "use https://, or a tunnel that ends on the machine of LiteLLM",
                node.mark,
                deployment.param_path(key),
            )
