"""The way out of a company network: the same proxy, exceptions and CA for Claude Code and for a gateway's shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.effective.no_proxy import portable_no_proxy
from mcp_server.errors import UsageError
from mcp_server.generate.shell import export
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.spec import GenerateRequest

#: ``http://${NAME}@host:port``: NAME holds ``user:password``, percent-encoded; no file of ours ever does.
REFERENCE = re.compile(r"(?P<scheme>https?://)\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<bare>[A-Za-z_]\w*))@(?P<rest>.+)")


def without_login(proxy_url: str) -> str:
    """``proxy_url`` without the name of the variable that holds its credentials."""
    match = REFERENCE.fullmatch(proxy_url)
    return f"{match['scheme']}{match['rest']}" if match else proxy_url


def login_variable(proxy_url: str) -> str:
    """Name of the variable that holds ``user:password``; empty when the proxy wants none."""
    match = REFERENCE.fullmatch(proxy_url)
    return (match["braced"] or match["bare"]) if match else ""


def check_proxy_url(value: str) -> None:
    """Raise UsageError for a proxy URL that no program understands. No text repeats a credential."""
    from mcp_server.effective.proxy_url import ProxyAddress, has_scheme, parse_proxy

    found = parse_proxy(without_login(value), "proxy_url")
    if not isinstance(found, ProxyAddress):
        raise UsageError(f"{found.problem}.", found.fix)
    if not has_scheme(value):
        raise UsageError("proxy_url has no scheme.", f"Write {quote(f'http://{found.authority}')}.")
    # Also a login that no program could decode: whatever stands before an @ is one.
    if "@" in without_login(value):
        raise UsageError(
            "proxy_url carries a user name or password; it would end up in a settings file.",
            "Write http://${PROXY_LOGIN}@host:port, where the variable PROXY_LOGIN of your shell holds "
            "user:password (percent-encoded), or run a local relay (px) and give http://127.0.0.1:3128.",
        )


def client_variables(request: GenerateRequest, local: tuple[str, ...]) -> dict[str, str]:
    """``env`` entries for Claude Code. ``local``: hosts that must not go through the proxy.

    A proxy with a login is left out: a settings file expands no variable, so the login would stand there in clear.
    """
    env: dict[str, str] = {}
    if request.proxy_url and not login_variable(request.proxy_url):
        env["HTTPS_PROXY"] = env["https_proxy"] = request.proxy_url
    if request.no_proxy or request.proxy_url:
        # Loopback is not exempt from a proxy in Claude Code (measured on 2.1.197 and 2.1.330).
        env["NO_PROXY"] = env["no_proxy"] = portable_no_proxy(request.no_proxy, local)
    if request.ca_bundle:
        env["NODE_EXTRA_CA_CERTS"] = request.ca_bundle
    return env


def proxy_exports(request: GenerateRequest, *, everything: bool = False) -> list[str]:
    """Lines for a shell; with ``everything`` also plain http and NO_PROXY, for programs that read one per scheme."""
    lines: list[str] = []
    if request.proxy_url:
        name = login_variable(request.proxy_url)
        if name:
            place = without_login(request.proxy_url)
            scheme, _, rest = place.partition("://")
            lines += [
                f"# {name}: user:password of the proxy, percent-encoded (@ as %40, : as %3A, / as %2F, \\ as %5C)",
                f'test -n "${name}" || read -rsp "proxy login (user:password): " {name}',
                f'export HTTPS_PROXY="{scheme}://${{{name}}}@{rest}"',
            ]
        else:
            lines.append(export("HTTPS_PROXY", request.proxy_url))
        lines.append('export https_proxy="$HTTPS_PROXY"')
        if everything:
            lines.append('export HTTP_PROXY="$HTTPS_PROXY" http_proxy="$HTTPS_PROXY"')
    if everything and (request.no_proxy or request.proxy_url):
        lines += [export("NO_PROXY", portable_no_proxy(request.no_proxy)), 'export no_proxy="$NO_PROXY"']
    return lines


def host(url: str) -> str:
    """The host part of ``url``."""
    return urlsplit(url).hostname or ""
