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
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.claude_settings import PROXY_VARIABLES, claude, split
from mcp_server.validate.problem import Problem

ID = "proxy-url-scheme"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for name in PROXY_VARIABLES:
        variable = claude(document).variable(name)
        if variable is None:
            continue
        value = variable.value.strip()
        scheme = value.partition("://")[0].lower() if "://" in value else ""
        if scheme.startswith("socks"):
            ignored = name.lower() == "all_proxy"
            yield Problem(
                f"{name} is a SOCKS proxy, which Claude Code does not support",
                "it is ignored and the connection goes direct"
                if ignored
                else "every request fails with UnsupportedProxyProtocol",
                "use the HTTP port of the proxy: http://HOST:PORT",
                variable.mark,
                variable.path,
                severity="warning" if ignored else None,
            )
        elif not scheme:
            yield Problem(
                f"{name} has no scheme",
                "Claude Code 2.1.330 repairs it to http://, older versions exit without a message",
                "start it with http://",
                variable.mark,
                variable.path,
                severity="warning",
            )
        elif scheme not in ("http", "https"):
            yield Problem(
                f"{name} has the scheme {scheme}",
                "Claude Code refuses to start ('Invalid proxy URL')",
                "start it with http:// or https://",
                variable.mark,
                variable.path,
            )
        elif "#" in value or (parts := split(value)) is None or not parts.hostname:
            yield Problem(
                f"{name} cannot be parsed as a URL",
                "Claude Code refuses to start ('Invalid proxy URL')",
                "percent-encode special characters of user and password (# is %23, @ is %40)",
                variable.mark,
                variable.path,
            )
