"""A proxy URL has a scheme that Claude Code does not support, or cannot be parsed.

What: socks5://, a value without scheme, an unescaped # or a malformed address in HTTPS_PROXY and the like.
Why: SOCKS ends in UnsupportedProxyProtocol; an unparseable value stops Claude Code at start; without scheme older
    versions print nothing and exit.
Fix: write http://HOST:PORT (or https://), with special characters of user and password percent-encoded.

Bad:
    {
      "env": {"HTTPS_PROXY": "socks5://proxy.corp.example:1080"}
    }

Good:
    {
      "env": {"HTTPS_PROXY": "http://proxy.corp.example:3128"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.effective.proxy_url import ProxyProblem, has_scheme, parse_proxy
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import PROXY_VARIABLES, Variable, claude
from mcp_server.validate.problem import Problem

ID = "proxy-url-scheme"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for name in PROXY_VARIABLES:
        variable = claude(document).variable(name)
        if variable is None or variable.is_reference:
            continue
        parsed = parse_proxy(variable.value, name)
        if isinstance(parsed, ProxyProblem):
            yield _unusable(variable, parsed)
        elif not has_scheme(variable.value):
            yield Problem(
                f"{name} has no scheme",
                "Claude Code 2.1.330 repairs it to http://, older versions exit without a message",
                "start it with http://",
                variable.mark,
                variable.path,
                change=set_text(document, variable.entry.value, f"http://{variable.value.strip()}", safe=True),
                severity="warning",
            )
        else:
            for note in parsed.notes:
                yield Problem(
                    note,
                    "Claude Code reads it as said; other programs with the same variable may not",
                    f"write {parsed.shown}",
                    variable.mark,
                    variable.path,
                    severity="warning" if "%" in note else "info",
                )


def _unusable(variable: Variable, found: ProxyProblem) -> Problem:
    ignored = variable.name.lower() == "all_proxy" and "SOCKS" in found.problem
    if ignored:
        why = "Claude Code ignores it there and goes direct"
    elif found.at_start:
        why = "Claude Code 2.1.330 refuses to start ('Invalid proxy URL'); 2.1.197 ends without a message"
    else:
        why = "every request fails (UnsupportedProxyProtocol, or a connection error)"
    fix = f"write {found.suggestion}" if found.suggestion else found.fix[:1].lower() + found.fix[1:].rstrip(".")
    severity: Severity | None = "warning" if ignored else None
    return Problem(found.problem, why, fix, variable.mark, variable.path, severity=severity)
