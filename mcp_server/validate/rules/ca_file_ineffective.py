"""A CA setting has no effect.

What: SSL_CERT_FILE in the env block, or a certificate file that does not exist.
Why: SSL_CERT_FILE counts only in the process environment, not from a settings file; a missing file is skipped with
    a warning and the connection then fails with a certificate error.
Fix: use NODE_EXTRA_CA_CERTS with an existing PEM file.

Bad:
    {
      "env": {"SSL_CERT_FILE": "/etc/ssl/corp-ca.pem"}
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

ID = "ca-file-ineffective"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"

FILES = ("NODE_EXTRA_CA_CERTS", "CLAUDE_CODE_CLIENT_CERT", "CLAUDE_CODE_CLIENT_KEY")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    variable = settings.variable("SSL_CERT_FILE")
    if variable and context.kind != "env":  # in the environment of the process it counts
        yield Problem(
            "SSL_CERT_FILE has no effect in a settings file",
            "Claude Code reads it too early; only the environment of its process counts",
            "rename it to NODE_EXTRA_CA_CERTS, which works here",
            variable.entry.key.mark,
            variable.path,
        )
    for name in FILES:
        found = settings.variable(name)
        if found and found.value.startswith("/") and context.missing_file(found.value):
            yield Problem(
                f"the file of {name} does not exist here",
                "Claude Code prints one warning, goes on without it, and the connection fails with a certificate error",
                "correct the path",
                found.mark,
                found.path,
            )
