"""A file of the project carries a credential, or redirects the credential of whoever opens it.

What: a token or key in .claude/settings.json (which is committed), or a base URL or apiKeyHelper there.
Why: the file is shared with everybody who has the repository. In -p mode Claude Code applies it without asking, so
    a base URL in it sends the user's own credential to that address.
Fix: keep credentials in ~/.claude/settings.json or .claude/settings.local.json (not committed), and base URLs in
    user or managed settings.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com", "ANTHROPIC_AUTH_TOKEN": "placeholder-token"}
    }

Good:
    {
      "env": {"API_TIMEOUT_MS": "600000"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import CREDENTIALS, claude
from mcp_server.validate.problem import Problem

ID = "credential-in-project-settings"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.scope != "project":
        return
    settings = claude(document)
    for name in CREDENTIALS:
        variable = settings.variable(name)
        if variable:
            yield Problem(
                f"{name} stands in the settings of the project, which are committed",
                "everybody with the repository gets the credential, also from its history",
                "move it to ~/.claude/settings.json, use apiKeyHelper there, and rotate the credential",
                variable.entry.key.mark,
                variable.path,
            )
    for variable in settings.base_urls:
        yield Problem(
            f"{variable.name} stands in the settings of the project",
            "everybody who opens the project sends their own credential there (in -p mode without being asked)",
            "move it to user or managed settings, unless the whole team uses this gateway on purpose",
            variable.entry.key.mark,
            variable.path,
            severity="warning",
        )
    helper = settings.root.entry("apiKeyHelper")
    if helper:
        yield Problem(
            "apiKeyHelper stands in the settings of the project",
            "its command runs on the machine of everybody who opens the project (in -p mode without being asked)",
            "move it to user or managed settings",
            helper.key.mark,
            "apiKeyHelper",
            severity="warning",
        )
