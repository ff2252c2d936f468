"""A base URL lacks http:// or https://, or is no URL.

What: host:port, a misspelt scheme (htp://), an environment reference that nothing expands.
Why: Claude Code answers every prompt with 'Invalid URL' or a connection error; settings files do not expand
    variables.
Fix: write the complete URL.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "gateway.example.com:4000"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com:4000"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude, host, is_local
from mcp_server.validate.problem import Problem

ID = "base-url-no-scheme"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def _with_scheme(address: str) -> str:
    name = host(f"http://{address}")
    return f"{'http' if name and is_local(name) else 'https'}://{address}"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for variable in claude(document).base_urls:
        value = variable.value.strip()
        if "$" in value or "os.environ" in value:
            yield Problem(
                f"{variable.name} contains a reference, and "
                + ("nothing expands it here" if context.kind == "env" else "settings files do not expand variables"),
                "the text is used literally, so no request reaches the gateway",
                "write the address itself",
                variable.mark,
                variable.path,
            )
        elif not value.startswith(("http://", "https://")):
            scheme = value.partition("://")[0] if "://" in value else None
            yield Problem(
                f"{variable.name} has the scheme {scheme}" if scheme else f"{variable.name} has no scheme",
                "Claude Code answers every prompt with 'Invalid URL' or a connection error",
                "start it with https:// (http:// only for a gateway on this machine)",
                variable.mark,
                variable.path,
                change=None if scheme else set_text(document, variable.entry.value, _with_scheme(value)),
            )
        elif not host(value):
            yield Problem(
                f"{variable.name} names no host, or is malformed",
                "no request reaches the gateway",
                "write https://HOST or https://HOST:PORT",
                variable.mark,
                variable.path,
            )
