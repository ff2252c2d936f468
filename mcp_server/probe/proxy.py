"""Does the proxy answer, accept the credentials and open a way to the target? Asked with a raw CONNECT."""

from __future__ import annotations

from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.effective.proxy_url import ProxyAddress
from mcp_server.net.connect import ProxyReply, ask_plain, open_tunnel
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import Channel, connect
from mcp_server.net.tls import looking_context, shake_hands
from mcp_server.net.trust import client_context
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.path import PathRun, milliseconds
from mcp_server.probe.proxy_answers import authority, offers_basic, proxy_refusal, wants_tls


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
        outcome.findings[:] = [wants_tls(path.proxy.authority)]
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
    reply = await open_tunnel(channel, authority(path), path.proxy, path.limit)
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
        ended = hands.failure or NetFailure("tls", "connection_reset", f"the proxy {where} ends the TLS handshake")
        if ended.cause in ("connection_timeout", "connection_reset") and await _speaks_plain(path):
            ended = NetFailure("tls", "tls_on_plain_http_port", ended.detail)
        _tls_to_proxy_failed(outcome, where, ended)
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


async def _ask(path: PathRun, proxy: ProxyAddress, channel: Channel) -> ProxyReply:
    if path.scheme == "https":
        return await open_tunnel(channel, authority(path), proxy, path.limit)
    return await ask_plain(channel, f"http://{authority(path)}/", authority(path), proxy, path.limit)


def _judge(path: PathRun, proxy: ProxyAddress, reply: ProxyReply, outcome: Outcome) -> None:
    tunnel = path.scheme == "https"
    asked = f"CONNECT {authority(path)}" if tunnel else f"HEAD http://{authority(path)}/"
    title = f"Proxy opens a tunnel to {authority(path)}" if tunnel else "Proxy forwards plain http"
    said = f"{asked} → {reply.status} {reply.reason}".rstrip() if reply.status else f"{asked} → {_silence(reply)}"
    if reply.status == 407:
        said += f", offering {', '.join(reply.schemes) or 'no scheme'}"
    if reply.vendor:
        said += f" [{'; '.join(f'{name}: {value}' for name, value in reply.vendor.items())}]"
    detail = f"{said} ({milliseconds(reply.seconds)})."
    found = proxy_refusal(path, proxy, reply, tunnel)
    if reply.status == 407 and reply.schemes and not offers_basic(reply):
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


async def _speaks_plain(path: PathRun) -> bool:
    """Does a proxy that takes no part in a handshake answer CONNECT in plain HTTP?"""
    assert path.proxy is not None
    try:
        opened = await connect(path.addresses, path.proxy.port, path.limit, where=path.proxy.authority, proxy=True)
    except NetFailure:
        return False
    path.channels.append(opened.channel)
    reply = await open_tunnel(opened.channel, authority(path), path.proxy, min(1.5, path.limit))
    return reply.status is not None


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
