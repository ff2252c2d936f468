"""What a proxy's answer means for the person who set it up (pure)."""

from __future__ import annotations

from mcp_server.answer import Finding
from mcp_server.catalogue.finding import finding
from mcp_server.effective.proxy_url import ProxyAddress
from mcp_server.effective.relay import px_command
from mcp_server.hosts import is_address
from mcp_server.net.connect import ProxyReply
from mcp_server.probe.path import PathRun

_RELAY = (
    "Run a relay that speaks it on this machine, e.g. `{command}` (px-proxy; cntlm for NTLM), and set "
    "HTTPS_PROXY=http://127.0.0.1:3128 (see Config)."
)


def authority(path: PathRun) -> str:
    """``host:port`` of the target as CONNECT wants it."""
    return f"[{path.host}]:{path.port}" if ":" in path.host else f"{path.host}:{path.port}"


def proxy_refusal(path: PathRun, proxy: ProxyAddress, reply: ProxyReply, tunnel: bool) -> Finding | None:
    """What the proxy's answer to the request for a way to the target means; ``None`` when it opens one."""
    where, target = proxy.authority, authority(path)
    if reply.status is None:
        return _no_answer(where, reply)
    if reply.status == 407:
        return _authentication(where, proxy, reply)
    if reply.status == 511 or (tunnel and 300 <= reply.status < 400):
        return _sign_in(where, reply)
    if reply.loops:
        return finding(
            "proxy_unreachable",
            problem=f"the proxy {where} sends the request round in a circle ({reply.status})",
            why="Its own parent proxy, or the one after that, is itself. No setting of Claude Code cures that.",
            fix="Tell its administrators, with the Via line of the check; use another proxy of your network meanwhile.",
        )
    squid = reply.vendor.get("X-Squid-Error", "")
    if not tunnel and not squid:
        # Anything but 407 may be the target's own answer, passed on.
        return None
    if 200 <= reply.status < 300 and b"text/html" in reply.first_bytes.lower():
        return finding(
            "html_instead_of_api",
            problem=f"{where} answers the request for a tunnel with a web page ({reply.status})",
            why="No proxy puts a page there: a captive portal, a web filter or a web server answers.",
            fix="Open any http:// page in a browser on this machine and follow what it asks; else correct host and "
            "port of the proxy.",
        )
    if 200 <= reply.status < 300:
        return None
    # squid 5 answers CONNECT to an unknown name with ERR_CANNOT_FORWARD (measured), other releases with ERR_DNS_FAIL.
    no_way = "ERR_CANNOT_FORWARD" in squid and not is_address(path.host)
    if "ERR_DNS_FAIL" in squid or no_way:
        return finding(
            "name_not_resolved",
            confidence="medium" if no_way else "high",
            problem=f"the proxy {where} cannot resolve {path.host} ({reply.status}, {squid})",
            fix="Check the host name of the target. An inside name may need a NO_PROXY entry instead of the proxy.",
        )
    if reply.status in (403, 451) or "ERR_ACCESS_DENIED" in squid:
        return finding(
            "egress_host_blocked",
            problem=f"the proxy {where} forbids {target} ({reply.status})",
            why="Claude Code shows this like a rejected key (`Failed to authenticate`, or `ERR_PROXY_TUNNEL`); "
            "the gateway never saw the request.",
            fix=f"Ask the proxy's administrators to allow CONNECT to {target}. An inside host belongs into NO_PROXY.",
        )
    if reply.status in (400, 401, 404, 405, 501):
        return finding(
            "proxy_unreachable",
            problem=f"{where} answers CONNECT with {reply.status}: it is probably no forward proxy",
            why="A web server or a gateway listens there. A gateway belongs into ANTHROPIC_BASE_URL, not HTTPS_PROXY.",
            fix="Correct host and port of the proxy.",
            confidence="medium",
        )
    return finding(
        "connection_timeout" if reply.status == 504 else "gateway_unreachable",
        problem=f"the proxy {where} works, but cannot reach {target} ({reply.status}{f', {squid}' if squid else ''})",
        why="The fault lies behind the proxy: its name server, its route or the target.",
        fix="Check host and port of the target; an inside host usually needs a NO_PROXY entry, since the proxy "
        "sees only the outside.",
    )


def _sign_in(where: str, reply: ProxyReply) -> Finding:
    place = f" to {reply.location}" if reply.location else ""
    return finding(
        "redirect_to_login",
        problem=f"{where} answers the request for a tunnel with a sign-in page ({reply.status}{place})",
        why="A captive portal or a web filter wants a person in a browser first.",
        fix="Open any http:// page in a browser on this machine, sign in, and check again.",
    )


def wants_tls(where: str) -> Finding:
    """The proxy itself is to be reached by TLS."""
    return finding(
        "plain_http_on_tls_port",
        problem=f"the proxy {where} speaks TLS, but its URL says http://",
        fix="Write https:// in the proxy URL.",
    )


def _no_answer(where: str, reply: ProxyReply) -> Finding:
    if reply.ended == "garbage":
        if reply.first_bytes[:1] in (b"\x15", b"\x16"):
            return wants_tls(where)
        return finding(
            "proxy_unreachable",
            problem=f"{where} answers with something that is no HTTP",
            fix="Correct host and port: no HTTP proxy listens there.",
        )
    said = "never answers" if reply.ended == "timeout" else "closes the connection without an answer"
    return finding(
        "proxy_unreachable",
        problem=f"the proxy {where} accepts the connection and {said}",
        fix="Correct host and port (a SOCKS or https proxy behaves like this), or ask the proxy's administrators.",
    )


def _authentication(where: str, proxy: ProxyAddress, reply: ProxyReply) -> Finding:
    offered = ", ".join(reply.schemes) or "no scheme"
    basic = offers_basic(reply)
    sent = proxy.username is not None
    if basic or not reply.schemes:
        problem = f"the proxy {where} {'refuses the credentials in its URL' if sent else 'wants credentials'} (407)"
        return finding(
            "proxy_auth_failed",
            problem=f"{problem}; it offers {offered}",
            fix="Write them percent-encoded into the proxy URL: http://user:password@host:port, with @ as %40, : as "
            "%3A, / as %2F, # as %23, % as %25 and DOMAIN\\user as DOMAIN%5Cuser."
            if not sent
            else "Correct user name or password (an expired password or a locked account looks the same), "
            "percent-encoded: @ as %40, : as %3A, / as %2F, # as %23, % as %25.",
        )
    negotiate = any(scheme.lower() in ("negotiate", "kerberos") for scheme in reply.schemes)
    more = (
        " With Kerberos alone, Claude Code's early-access setting proxyAuthHelper can supply the token."
        if negotiate
        else ""
    )
    return finding(
        "proxy_auth_failed",
        problem=f"the proxy {where} offers only {offered} (407); Claude Code answers Basic and nothing else",
        why="No spelling of the password in the proxy URL helps.",
        fix=_RELAY.format(command=px_command(where, reply.schemes)) + more,
    )


def offers_basic(reply: ProxyReply) -> bool:
    """Is the one scheme that Claude Code knows among those offered?"""
    return any(scheme.lower() == "basic" for scheme in reply.schemes)
