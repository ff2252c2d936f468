"""Does the proxy answer, accept the credentials and open a way to the target? Asked with a raw CONNECT."""

from __future__ import annotations

from mcp_server.answer import Check, Finding
from mcp_server.catalogue.finding import finding
from mcp_server.effective.proxy_url import ProxyAddress
from mcp_server.effective.relay import px_command
from mcp_server.hosts import is_address
from mcp_server.net.connect import ProxyReply, ask_plain, open_tunnel
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import Channel, connect
from mcp_server.net.tls import looking_context, shake_hands
from mcp_server.net.trust import client_context
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.path import PathRun, milliseconds

_RELAY = (
    "Run a relay that speaks it on this machine, e.g. `{command}` (px-proxy; cntlm for NTLM), and set "
    "HTTPS_PROXY=http://127.0.0.1:3128 (see Config)."
)


async def run(path: PathRun) -> Outcome:
    if path.proxy is None:
        because = path.decision.because if path.decision else "direct: this route has no proxy"
        return Outcome([Check(title="Proxy", status="skip", detail=f"{because}.")])
    outcome = Outcome()
    channel = await first_hop(path, outcome)
    if channel is None:
        return outcome
    reply = await _ask(path, path.proxy, channel)
    _judge(path, path.proxy, reply, outcome)
    if reply.ended == "closed" and path.proxy.scheme == "http" and await _speaks_tls(path):
        outcome.findings[:] = [_wants_tls(path.proxy.authority)]
        outcome.facts["proxy_scheme"] = "https"
    if path.scheme == "https" and not outcome.broken:
        path.ready = channel
    return outcome


async def open_through(path: PathRun) -> Channel | None:
    """An unused channel to the target (a tunnel where there is a proxy); ``None`` when it cannot be had again."""
    if path.ready is not None:
        ready, path.ready = path.ready, None
        return ready
    await path.hang_up()
    scratch = Outcome()
    if path.proxy is None:
        opened = await connect(path.addresses, path.port, path.limit, where=path.where)
        path.channels.append(opened.channel)
        return opened.channel
    channel = await first_hop(path, scratch)
    if channel is None:
        return None
    reply = await open_tunnel(channel, _authority(path), path.proxy, path.limit)
    return channel if reply.status == 200 else None


async def tunnel_to(path: PathRun, authority: str) -> Channel | None:
    """A tunnel to another ``host:port`` through the same proxy, or ``None``."""
    await path.hang_up()
    channel = await first_hop(path, Outcome())
    if channel is None or path.proxy is None:
        return None
    return channel if (await open_tunnel(channel, authority, path.proxy, path.limit)).status == 200 else None


async def first_hop(path: PathRun, outcome: Outcome) -> Channel | None:
    """TCP to the proxy, and TLS where its URL is https://. Failures land in ``outcome``."""
    assert path.proxy is not None
    where = path.proxy.authority
    title = f"Proxy {where}"
    try:
        opened = await connect(path.addresses, path.proxy.port, path.limit, where=where, proxy=True)
    except NetFailure as failure:
        fix = _unreachable_fix(path)
        outcome.findings.append(finding(failure.cause, problem=failure.detail, fix=fix, why=_dead_proxy_why(path)))
        outcome.checks.append(Check(title=title, status="fail", detail=f"{failure.detail}."))
        return None
    path.channels.append(opened.channel)
    outcome.checks.append(Check(title=title, status="pass", detail=f"accepts TCP ({milliseconds(opened.seconds)})."))
    if path.proxy.scheme != "https":
        return opened.channel
    try:
        context = client_context(path.route)
    except NetFailure as failure:
        _tls_to_proxy_failed(outcome, where, failure)
        return None
    hands = await shake_hands(opened.channel, path.proxy.host, context, path.limit, where=f"the proxy {where}")
    if hands.failure is not None or hands.channel is None:
        ended = NetFailure("tls", "connection_reset", f"the proxy {where} ends the TLS handshake")
        _tls_to_proxy_failed(outcome, where, hands.failure or ended)
        return None
    detail = f"{hands.version} to the proxy itself ({milliseconds(hands.seconds)})."
    outcome.checks.append(Check(title=f"TLS to the proxy {where}", status="pass", detail=detail))
    return hands.channel


def _tls_to_proxy_failed(outcome: Outcome, where: str, failure: NetFailure) -> None:
    fix = "Put the proxy's CA (PEM) into NODE_EXTRA_CA_CERTS."
    if failure.cause == "tls_on_plain_http_port":
        failure = NetFailure("tls", failure.cause, f"the proxy {where} speaks no TLS, but its URL says https://")
        fix = "Write http:// in the proxy URL: that is the protocol to the proxy, not to the target."
        outcome.facts["proxy_scheme"] = "http"
    outcome.findings.append(finding(failure.cause, problem=failure.detail, fix=fix))
    outcome.checks.append(Check(title=f"TLS to the proxy {where}", status="fail", detail=f"{failure.detail}."))


def _authority(path: PathRun) -> str:
    return f"[{path.host}]:{path.port}" if ":" in path.host else f"{path.host}:{path.port}"


async def _ask(path: PathRun, proxy: ProxyAddress, channel: Channel) -> ProxyReply:
    if path.scheme == "https":
        return await open_tunnel(channel, _authority(path), proxy, path.limit)
    return await ask_plain(channel, f"http://{_authority(path)}/", _authority(path), proxy, path.limit)


def _judge(path: PathRun, proxy: ProxyAddress, reply: ProxyReply, outcome: Outcome) -> None:
    tunnel = path.scheme == "https"
    asked = f"CONNECT {_authority(path)}" if tunnel else f"HEAD http://{_authority(path)}/"
    title = f"Proxy opens a tunnel to {_authority(path)}" if tunnel else "Proxy forwards plain http"
    said = f"{asked} → {reply.status} {reply.reason}".rstrip() if reply.status else f"{asked} → {_silence(reply)}"
    if reply.status == 407:
        said += f", offering {', '.join(reply.schemes) or 'no scheme'}"
    if reply.vendor:
        said += f" [{'; '.join(f'{name}: {value}' for name, value in reply.vendor.items())}]"
    detail = f"{said} ({milliseconds(reply.seconds)})."
    found = _refusal(path, proxy, reply, tunnel)
    if reply.status == 407 and reply.schemes and not _offers_basic(reply):
        outcome.facts["unsupported_schemes"] = reply.schemes
    if found is not None and "speaks TLS" in found.problem:
        outcome.facts["proxy_scheme"] = "https"
    outcome.checks.append(Check(title=title, status="pass" if found is None else "fail", detail=detail))
    if found is not None:
        outcome.findings.append(found)


def _silence(reply: ProxyReply) -> str:
    return {
        "timeout": "no answer in time",
        "closed": "the proxy closes the connection without an answer",
        "garbage": "bytes that are no HTTP",
    }.get(reply.ended, "no answer")


def _refusal(path: PathRun, proxy: ProxyAddress, reply: ProxyReply, tunnel: bool) -> Finding | None:
    where, target = proxy.authority, _authority(path)
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


def _wants_tls(where: str) -> Finding:
    return finding(
        "plain_http_on_tls_port",
        problem=f"the proxy {where} speaks TLS, but its URL says http://",
        fix="Write https:// in the proxy URL.",
    )


def _no_answer(where: str, reply: ProxyReply) -> Finding:
    if reply.ended == "garbage":
        if reply.first_bytes[:1] in (b"\x15", b"\x16"):
            return _wants_tls(where)
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
    basic = _offers_basic(reply)
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


async def _speaks_tls(path: PathRun) -> bool:
    """Does a proxy that hangs up on plain HTTP greet in TLS?"""
    assert path.proxy is not None
    await path.hang_up()
    try:
        opened = await connect(path.addresses, path.proxy.port, path.limit, where=path.proxy.authority, proxy=True)
    except NetFailure:
        return False
    path.channels.append(opened.channel)
    hands = await shake_hands(
        opened.channel, path.proxy.host, looking_context(), min(1.5, path.limit), where=path.proxy.authority
    )
    return hands.failure is None


def _offers_basic(reply: ProxyReply) -> bool:
    return any(scheme.lower() == "basic" for scheme in reply.schemes)


def _unreachable_fix(path: PathRun) -> str:
    decision = path.decision
    place = f"{decision.variable} ({decision.source})" if decision and decision.variable else "the proxy variable"
    return (
        f"Correct {place}, start the relay or connect the VPN. Off the company network, switch the proxy off with "
        f"an empty value. If {path.host} needs no proxy, list it in NO_PROXY."
    )


def _dead_proxy_why(path: PathRun) -> str:
    return (
        f"Claude Code reports only a refused connection and does not mention the proxy; {path.where} was never reached."
    )


PROBE = Probe("proxy", "proxy", "Does the proxy open a way to the target?", run)
