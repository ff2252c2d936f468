"""The check of certificates is switched off.

What: NODE_TLS_REJECT_UNAUTHORIZED=0 in env.
Why: everybody on the way can read prompts, code and the credential, and answer in the gateway's place.
Fix: delete it and name the company's CA: NODE_EXTRA_CA_CERTS=/path/ca.pem.

Bad:
    {
      "env": {"NODE_TLS_REJECT_UNAUTHORIZED": "0"}
    }

Good:
    {
      "env": {"NODE_EXTRA_CA_CERTS": "/etc/ssl/corp-ca.pem"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "tls-verification-disabled"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    variable = claude(document).variable("NODE_TLS_REJECT_UNAUTHORIZED")
    if variable and variable.value.strip() == "0":
        yield Problem(
            "certificates are not checked (NODE_TLS_REJECT_UNAUTHORIZED=0)",
            "whoever stands in between can read the credential and every prompt, and answer in the gateway's place",
            "delete it and set NODE_EXTRA_CA_CERTS to the company's CA file (PEM)",
            variable.entry.key.mark,
            variable.path,
        )
