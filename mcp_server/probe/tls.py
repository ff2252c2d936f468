"""Is the target's certificate trusted, by this client's rules, and if not: why, and who issued it?"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.net.connect import ask_directly
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import Channel
from mcp_server.net.tls import Certificate, Handshake, first_answer, looking_context, shake_hands
from mcp_server.net.trust import check_client_certificate, client_context
from mcp_server.probe.base import Outcome, Probe, failed
from mcp_server.probe.client_certificate import RELOAD, WANTED, own_certificate_refused, wants_certificate
from mcp_server.probe.inspection import chain_of, inspected, inspector, missing_intermediate, same_issuer
from mcp_server.probe.path import PathRun, milliseconds
from mcp_server.probe.proxy import open_through
from mcp_server.probe.who_trusts import accepted_with, ask
from mcp_server.redact import quote

_PEEK_SECONDS = 1.5
#: For the alert that TLS 1.3 servers send after the handshake, or the first sign of an answer.
_ALERT_SECONDS = 0.8
#: For a look that only refines the wording: a server that keeps silent must not use up the run's time.
_GLANCE_SECONDS = 0.6
_SOON = timedelta(days=14)


async def run(path: PathRun) -> Outcome:
    title = f"TLS with {path.where}"
    if path.scheme == "http":
        return await _plain(path)
    try:
        context = client_context(path.route)
        channel = await open_through(path)
    except NetFailure as failure:
        outcome = failed(title, failure, "Correct CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY (PEM files).")
        outcome.facts["client_certificate_fault"] = True
        return outcome
    if channel is None:
        gone = NetFailure("tls", "connection_reset", f"the way to {path.where} could not be opened a second time")
        return failed(title, gone, "Run the check again.")
    hands = await shake_hands(channel, path.host, context, path.limit, where=path.where)
    if hands.failure is None and hands.channel is not None:
        # The handshake took at least one round trip; the alert needs less than that.
        patience = min(max(hands.seconds, 0.05), 0.5)
        first = await first_answer(hands.channel, path.where, min(_ALERT_SECONDS, path.limit), patience)
        if isinstance(first, NetFailure):
            return _cut_after_handshake(title, first, path)
        if first == "HTTP 400" and await wants_certificate(path):
            wanted = NetFailure(
                "tls",
                "tls_client_certificate_required",
                f"{path.where} answers 400: it wants a client certificate",
            )
            if path.route.client_certificate:
                return own_certificate_refused(title, wanted, path)
            return failed(title, wanted, _fix(wanted, None, path))
        outcome = _trusted(title, hands, first, path)
        return _joined(outcome, await ask(path, path.kinds, client_accepts=True))
    broken = hands.failure or NetFailure("tls", "connection_reset", f"{path.where} ends the TLS handshake")
    if broken.cause == "connection_timeout" and await _speaks_plain(path):
        broken = NetFailure("tls", "tls_on_plain_http_port", f"{path.where} speaks no TLS, but the URL says https://")
    if broken.cause == "tls_client_certificate_required" and path.route.client_certificate:
        return own_certificate_refused(title, broken, path)
    if not hands.verify_code:
        return _refused(title, path, broken, (), "")
    seen = await _look(path)
    if broken.cause == "tls_ca_not_trusted" and (missing := missing_intermediate(seen, path.route)):
        return _incomplete(title, path, missing, seen[0])
    untrusted = bool(seen) and broken.cause == "tls_ca_not_trusted"
    outcome = _refused(title, path, broken, seen, await same_issuer(path, seen[0]) if untrusted else "")
    if broken.cause == "tls_ca_not_trusted" and (known := await accepted_with(path)):
        outcome.facts["known_ca"] = known
        said = outcome.findings[0]
        said.fix = (
            f"The CA is on this machine already: {quote(known, 200)}, named by {path.unused_cas[known]}. Set "
            "NODE_EXTRA_CA_CERTS to that path. Never switch verification off."
        )
    return _joined(outcome, await ask(path, path.kinds, client_accepts=False))


def _joined(first: Outcome, second: Outcome) -> Outcome:
    return Outcome(first.checks + second.checks, first.findings + second.findings, {**first.facts, **second.facts})


async def _plain(path: PathRun) -> Outcome:
    """http:// needs no TLS; a short look tells whether the port speaks it all the same."""
    if path.proxy is not None:
        return Outcome()
    title = f"Plain http on {path.where}"
    try:
        channel = await open_through(path)
    except NetFailure as failure:
        return failed(title, failure, "Run the check again.")
    if channel is None:
        return Outcome()
    limit = min(_GLANCE_SECONDS, path.limit)
    hands = await shake_hands(channel, path.host, looking_context(), limit, where=path.where)
    speaks_tls = hands.failure is None or hands.failure.cause in (
        "tls_client_certificate_required",
        "tls_protocol_mismatch",
    )
    if not speaks_tls:
        return Outcome()
    said = NetFailure("tls", "plain_http_on_tls_port", f"{path.where} speaks TLS, but the URL says http://")
    return failed(title, said, f"Write https://{path.where} in the base URL.")


def _cut_after_handshake(title: str, failure: NetFailure, path: PathRun) -> Outcome:
    """TLS 1.3 servers refuse a missing client certificate only now, some without saying so."""
    if path.route.client_certificate:
        return own_certificate_refused(title, failure, path)
    if failure.cause != "connection_reset":
        return failed(title, failure, _fix(failure, None, path))
    wanted = NetFailure("tls", "tls_client_certificate_required", failure.detail)
    outcome = failed(title, wanted, _fix(wanted, None, path))
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


async def _look(path: PathRun) -> tuple[Certificate, ...]:
    """The refused chain itself, over a connection that carries nothing else; the server's own certificate first."""
    try:
        channel: Channel | None = await open_through(path)
    except NetFailure:
        return ()
    if channel is None:
        return ()
    hands = await shake_hands(channel, path.host, looking_context(), path.limit, where=path.where)
    return chain_of(hands.channel) if hands.channel is not None else ()


def _trusted(title: str, hands: Handshake, first: str, path: PathRun) -> Outcome:
    certificate = hands.certificate
    if certificate is None:
        return Outcome([Check(title=title, status="pass", detail=f"{hands.version}, certificate trusted; {first}.")])
    until = certificate.not_after
    detail = (
        f"{hands.version}, certificate of {certificate.subject} trusted, issued by {certificate.issuer}, "
        f"valid until {until:%Y-%m-%d} ({milliseconds(hands.seconds)}); {first}."
    )
    facts: dict[str, object] = {"issuer": certificate.issuer, "not_after": until}
    product = inspector(certificate.issuer)
    if product:
        facts["inspected"] = True
        detail += f" {product} re-signs TLS here (inspection); its CA is trusted by this client."
    own = path.route.client_certificate
    fault = check_client_certificate(own) if own else None
    if fault is not None:
        said = finding(
            "tls_certificate_expired", severity="warning", problem=fault.problem, fix=f"{fault.fix} {RELOAD}"
        )
        return Outcome([Check(title=title, status="warn", detail=detail)], [said], facts)
    if until - datetime.now(timezone.utc) < _SOON:
        said = finding(
            "tls_certificate_expired",
            severity="warning",
            problem=f"the certificate of {certificate.subject} expires on {until:%Y-%m-%d}",
            fix="Have it renewed before that day.",
        )
        return Outcome([Check(title=title, status="warn", detail=detail)], [said], facts)
    return Outcome([Check(title=title, status="pass", detail=detail)], [], facts)


def _refused(title: str, path: PathRun, failure: NetFailure, chain: tuple[Certificate, ...], twin: str) -> Outcome:
    detail, seen = f"{failure.detail}.", chain[0] if chain else None
    if seen is not None:
        names = ", ".join(seen.names[:6]) or "no names"
        detail += (
            f" It shows {seen.subject}, issued by {seen.issuer}, for {names}, valid {seen.not_before:%Y-%m-%d} to "
            f"{seen.not_after:%Y-%m-%d}."
        )
        if len(chain) > 1:
            detail += f" Above it the server sends {', '.join(c.subject for c in chain[1:])}."
    if twin:
        detail += f" The certificate of {twin} comes from the same issuer."
    said = finding(
        failure.cause,
        problem=_problem(failure, seen, path, twin),
        fix=_fix(failure, chain[-1] if chain else None, path),
        command=_show_chain(path) if seen is not None else None,
    )
    facts: dict[str, object] = {"inspected": bool(twin) or (seen is not None and inspected(seen, path.host))}
    if seen is not None:
        facts |= {"issuer": seen.issuer, "self_signed": seen.self_signed}
    return Outcome([Check(title=title, status="fail", detail=detail)], [said], facts)


def _incomplete(title: str, path: PathRun, root: str, seen: Certificate) -> Outcome:
    detail = (
        f"{path.where} sends its own certificate only; its issuer {seen.issuer} is missing from the chain, while the "
        f"root {root} is trusted by the CA file of this client"
    )
    said = finding(
        "tls_hostname_or_chain_invalid",
        problem=detail,
        fix=f"Let the server send the whole chain: its certificate, followed by that of {seen.issuer} (nginx: both in "
        "ssl_certificate). If the CA file is simply the wrong one, NODE_EXTRA_CA_CERTS must name the issuer's root.",
        confidence="medium",
        command=_show_chain(path),
    )
    return Outcome([Check(title=title, status="fail", detail=f"{detail}.")], [said], {"issuer": seen.issuer})


def _show_chain(path: PathRun) -> str:
    """The command with which a person sees the same certificates (a proxy's credentials are left out)."""
    proxy = f" -proxy {path.proxy.authority}" if path.proxy is not None else ""
    return f"openssl s_client -connect {path.where}{proxy} -servername {path.host} -showcerts </dev/null"


def _problem(failure: NetFailure, seen: Certificate | None, path: PathRun, twin: str) -> str:
    if seen is None or failure.cause not in ("tls_ca_not_trusted", "tls_hostname_or_chain_invalid"):
        return failure.detail
    if failure.cause == "tls_hostname_or_chain_invalid":
        return f"{failure.detail}: it is for {', '.join(seen.names[:6]) or seen.subject}"
    if inspected(seen, path.host) or twin:
        who = inspector(seen.issuer) or ("the proxy" if twin else "something on the way")
        also = f", as to {twin}" if twin else ""
        return (
            f"{who} re-signs TLS to {path.where}{also} (inspection): issuer {seen.issuer}, not trusted by Claude Code"
        )
    return f"{failure.detail}; issuer {seen.issuer}"


def _fix(failure: NetFailure, top: Certificate | None, path: PathRun) -> str:
    """``top``: the last certificate that the server sent."""
    if failure.cause == "tls_ca_not_trusted":
        what = "that issuer's root CA"
        if top is not None and top.self_signed:
            what = f"the root CA {top.issuer}" if top.subject != path.host else "the server's own certificate"
        return (
            f"Get {what} as a PEM file (from IT, or exported from the system's certificate store) and set "
            "NODE_EXTRA_CA_CERTS to its path. Never switch verification off."
        )
    return {
        "tls_hostname_or_chain_invalid": "Use a name that the certificate holds, or have it issued for this name.",
        "tls_certificate_expired": "Have the certificate renewed; check this machine's clock too.",
        "tls_on_plain_http_port": f"Write http://{path.where} in the base URL if this is a local gateway; else correct "
        "the port.",
        "tls_client_certificate_required": WANTED,
        "tls_protocol_mismatch": "The server needs TLS 1.2 or newer with a usual cipher; ask its operator.",
    }.get(failure.cause, "Check that the port is the right one; a firewall that forbids this host behaves the same.")


PROBE = Probe("tls", "tls", "Is the target's certificate trusted?", run)
