"""A reference to an environment variable does not work as written.

What: ${NAME}, $NAME, $env{NAME}, process.env.NAME or os.environ/NAME in policies.json.
Why: Zuplo fills in $env(NAME) in policies and ${env.NAME} in the addresses of handlers. Any other form is sent as it
    stands: the provider receives the text as the key.
Fix: write $env(NAME).

Bad:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "set-upstream-api-key-inbound",
          "handler": {
            "export": "SetUpstreamApiKeyInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"header": "x-api-key", "value": "${ANTHROPIC_API_KEY}"}
          }
        }
      ]
    }

Good:
    {
      "policies": [
        {
          "name": "p",
          "policyType": "set-upstream-api-key-inbound",
          "handler": {
            "export": "SetUpstreamApiKeyInboundPolicy",
            "module": "$import(@zuplo/runtime)",
            "options": {"header": "x-api-key", "value": "$env(ANTHROPIC_API_KEY)"}
          }
        }
      ]
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, walk
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-reference"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "error"
WRONG = re.compile(
    r"(?P<bearer>(?:Bearer )?)(?:\$\{(?:env\.)?([A-Z][A-Z0-9_]*)\}|\$([A-Z][A-Z0-9_]{2,})|\$env[{\[](\w+)[}\]]"
    r"|\$env\.(\w+)|process\.env\.(\w+)|os\.environ/(\w+)|\$env\(\s+(\w+)\s*\)|\$env\((\w+)|%([A-Z][A-Z0-9_]+)%)"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    for policy in zuplo(document).policies:
        for path, node in walk(policy.options, f"{policy.path}.handler.options"):
            found = WRONG.fullmatch(node.text) if isinstance(node, Scalar) and node.is_text else None
            if found is None:
                continue
            name = next(part for part in found.groups()[1:] if part)
            right = f"{found['bearer']}$env({name})"
            yield Problem(
                "this is no reference that Zuplo fills in",
                "the text itself is sent as the value",
                f"write {right}",
                node.mark,
                path,
                change=set_text(document, node, right),
            )
