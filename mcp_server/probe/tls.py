"""Is the target's certificate trusted, by this client's rules, and if not: why, and who issued it?"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from mcp_server.answer import Check, Finding
from mcp_server.catalogue.finding import finding
from mcp_server.net.connect import ask_directly
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import Channel
from mcp_server.net.tls import Certificate, Handshake, first_answer, looking_context, shake_hands
from mcp_server.net.trust import client_context
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.path import PathRun, milliseconds
from mcp_server.probe.proxy import open_through

#: Vendors whose products re-sign TLS (source: vendors' documentation of TLS inspection).
_INSPECTORS = (
    "Zscaler", "Netskope", "Palo Alto", "Fortinet", "FortiGate", "Blue Coat", "Symantec", "Umbrella", "Skyhigh",
    "McAfee", "Forcepoint", "Check Point", "Sophos", "Barracuda", "Kaspersky", "Avast", "ESET", "Bitdefender",
    "mitmproxy", "Squid", "Charles Proxy", "Fiddler", "Burp", "PortSwigger",
)  # fmt: skip
#: Hosts that have public certificates only: another issuer there means that something re-signs TLS.
_PUBLIC = (
    ".anthropic.com", ".claude.ai", ".claude.com", ".googleapis.com", ".amazonaws.com", ".api.aws", ".azure.com",
    ".openrouter.ai", ".github.com",
)  # fmt: skip
_PEEK_SECONDS = 1.5
_SOON = timedelta(days=14)


async def run(path: PathRun) -> Outcome:
    title = f"TLS with {path.where}"
    if path.scheme == "http":
        return await _plain(path)
    try:
        context = client_context(path.route)
        channel = await open_through(path)
    except NetFailure as failure:
        return _failed(title, failure, "Correct CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY (PEM files).")
    if channel is None:
        gone = NetFailure("tls", "connection_reset", f"the way to {path.where} could not be opened a second time")
        return _failed(title, gone, "Run the check again.")
    hands = await shake_hands(channel, path.host, context, path.limit, where=path.where)
    if hands.failure is None and hands.channel is not None:
        # The handshake took at least one round trip; the alert needs less than that.
        patience = min(max(hands.seconds, 0.05), 0.5)
        first = await first_answer(hands.channel, path.where, min(_PEEK_SECONDS, path.limit), patience)
        if isinstance(first, NetFailure):
            return _cut_after_handshake(title, first, path)
        return _trusted(title, hands, first)
    broken = hands.failure or NetFailure("tls", "connection_reset", f"{path.where} ends the TLS handshake")
    if broken.cause == "connection_timeout" and await _speaks_plain(path):
        broken = NetFailure("tls", "tls_on_plain_http_port", f"{path.where} speaks no TLS, but the URL says https://")
    return _refused(title, path, broken, await _look(path) if hands.verify_code else None)


async def _plain(path: PathRun) -> Outcome:
    """http:// needs no TLS; a short look tells whether the port speaks it all the same."""
    if path.proxy is not None:
        return Outcome()
    title = f"Plain http on {path.where}"
    try:
        channel = await open_through(path)
    except NetFailure as failure:
        return _failed(title, failure, "Run the check again.")
    if channel is None:
        return Outcome()
    hands = await shake_hands(channel, path.host, looking_context(), min(_PEEK_SECONDS, path.limit), where=path.where)
    speaks_tls = hands.failure is None or hands.failure.cause in (
        "tls_client_certificate_required",
        "tls_protocol_mismatch",
    )
    if not speaks_tls:
        return Outcome()
    said = NetFailure("tls", "plain_http_on_tls_port", f"{path.where} speaks TLS, but the URL says http://")
    return _failed(title, said, f"Write https://{path.where} in the base URL.")


def _cut_after_handshake(title: str, failure: NetFailure, path: PathRun) -> Outcome:
    """TLS 1.3 servers refuse a missing client certificate only now, some without saying so."""
    if failure.cause != "connection_reset" or path.route.client_certificate:
        return _failed(title, failure, _fix(failure, None, path))
    wanted = NetFailure("tls", "tls_client_certificate_required", failure.detail)
    outcome = _failed(title, wanted, _fix(wanted, None, path))
    said = outcome.findings[0]
    said.problem += "; servers that want a client certificate do that"
    said.confidence = "medium"
    return outcome


async def _speaks_plain(path: PathRun) -> bool:
    """Some plain servers wait for more instead of refusing a TLS greeting; they do answer plain HTTP."""
    try:
        channel = await open_through(path)
    except NetFailure:
        return False
    if channel is None:
        return False
    return (await ask_directly(channel, path.where, min(_PEEK_SECONDS, path.limit))).status is not None


async def _look(path: PathRun) -> Certificate | None:
    """The refused certificate itself, over a connection that carries nothing else."""
    try:
        channel: Channel | None = await open_through(path)
    except NetFailure:
        return None
    if channel is None:
        return None
    hands = await shake_hands(channel, path.host, looking_context(), path.limit, where=path.where)
    return hands.channel.certificate() if hands.channel is not None else None


def _trusted(title: str, hands: Handshake, first: str) -> Outcome:
    certificate = hands.certificate
    if certificate is None:
        return Outcome([Check(title=title, status="pass", detail=f"{hands.version}, certificate trusted; {first}.")])
    until = certificate.not_after
    detail = (
        f"{hands.version}, certificate of {certificate.subject} trusted, issued by {certificate.issuer}, "
        f"valid until {until:%Y-%m-%d} ({milliseconds(hands.seconds)}); {first}."
    )
    facts: dict[str, object] = {"issuer": certificate.issuer, "not_after": until}
    inspector = _inspector(certificate.issuer)
    if inspector:
        detail += f" {inspector} re-signs TLS here (inspection); its CA is trusted by this client."
    if until - datetime.now(timezone.utc) < _SOON:
        said = finding(
            "tls_certificate_expired",
            severity="warning",
            problem=f"the certificate of {certificate.subject} expires on {until:%Y-%m-%d}",
            fix="Have it renewed before that day.",
        )
        return Outcome([Check(title=title, status="warn", detail=detail)], [said], facts)
    return Outcome([Check(title=title, status="pass", detail=detail)], [], facts)


def _refused(title: str, path: PathRun, failure: NetFailure, seen: Certificate | None) -> Outcome:
    detail = f"{failure.detail}."
    if seen is not None:
        names = ", ".join(seen.names[:6]) or "no names"
        detail += (
            f" It shows {seen.subject}, issued by {seen.issuer}, for {names}, valid {seen.not_before:%Y-%m-%d} to "
            f"{seen.not_after:%Y-%m-%d}."
        )
    said = finding(
        failure.cause,
        problem=_problem(failure, seen, path),
        fix=_fix(failure, seen, path),
        command=_show_chain(path) if seen is not None else None,
    )
    facts: dict[str, object] = {"issuer": seen.issuer, "self_signed": seen.self_signed} if seen else {}
    return Outcome([Check(title=title, status="fail", detail=detail)], [said], facts)


def _show_chain(path: PathRun) -> str:
    """The command with which a person sees the same certificates (a proxy's credentials are left out)."""
    proxy = f" -proxy {path.proxy.authority}" if path.proxy is not None else ""
    return f"openssl s_client -connect {path.where}{proxy} -servername {path.host} -showcerts </dev/null"


def _problem(failure: NetFailure, seen: Certificate | None, path: PathRun) -> str:
    if seen is None or failure.cause not in ("tls_ca_not_trusted", "tls_hostname_or_chain_invalid"):
        return failure.detail
    if failure.cause == "tls_hostname_or_chain_invalid":
        return f"{failure.detail}: it is for {', '.join(seen.names[:6]) or seen.subject}"
    inspector = _inspector(seen.issuer)
    if inspector or f".{path.host}".endswith(_PUBLIC):
        who = inspector or "something on the way"
        return f"{who} re-signs TLS to {path.where} (inspection): issuer {seen.issuer}, not trusted by Claude Code"
    return f"{failure.detail}; issuer {seen.issuer}"


def _fix(failure: NetFailure, seen: Certificate | None, path: PathRun) -> str:
    if failure.cause == "tls_ca_not_trusted":
        what = "the server's own certificate" if seen and seen.self_signed else "that issuer's root CA"
        return (
            f"Get {what} as a PEM file (from IT, or exported from the system's certificate store) and set "
            "NODE_EXTRA_CA_CERTS to its path. Never switch verification off."
        )
    return {
        "tls_hostname_or_chain_invalid": "Use a name that the certificate holds, or have it issued for this name.",
        "tls_certificate_expired": "Have the certificate renewed; check this machine's clock too.",
        "tls_on_plain_http_port": f"Write http://{path.where} in the base URL if this is a local gateway; else correct "
        "the port.",
        "tls_client_certificate_required": "Set CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY to PEM files that "
        "this server accepts.",
        "tls_protocol_mismatch": "The server needs TLS 1.2 or newer with a usual cipher; ask its operator.",
    }.get(failure.cause, "Check that the port is the right one; a firewall that forbids this host behaves the same.")


def _failed(title: str, failure: NetFailure, fix: str) -> Outcome:
    said: Finding = finding(failure.cause, problem=failure.detail, fix=fix)
    return Outcome([Check(title=title, status="fail", detail=f"{failure.detail}.")], [said])


def _inspector(issuer: str) -> str | None:
    return next((name for name in _INSPECTORS if name.lower() in issuer.lower()), None)


PROBE = Probe("tls", "tls", "Is the target's certificate trusted?", run)
