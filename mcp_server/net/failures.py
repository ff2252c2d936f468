"""From the exception of a library to one cause and one sentence: DNS, TCP, proxy and TLS never look alike."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.net.route import NetFailure, Route

# OpenSSL verification codes (source: OpenSSL x509_vfy.h).
_BAD_SIGNATURE = 7
_EXPIRED, _NOT_YET, _SELF_SIGNED, _SELF_SIGNED_IN_CHAIN = 10, 9, 18, 19
_NO_ISSUER, _NO_FIRST_ISSUER, _WRONG_HOST, _WRONG_ADDRESS = 20, 21, 62, 64


def place(route: Route) -> str:
    """``host:port`` of the target, for messages."""
    return _place(route.base_url)


def host_of(url: str) -> str:
    """The host part of ``url``, lower case; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def proxy_place(route: Route) -> str:
    """``host:port`` of the proxy, without credentials."""
    return _place(route.proxy or "")


def explain(failure: BaseException, route: Route, step: str) -> NetFailure:
    """The NetFailure for ``failure``, which ended ``step`` of a request along ``route``."""
    causes = list(_chain(failure))
    for cause in causes:
        if isinstance(cause, NetFailure):
            return cause
    for cause in causes:
        # "Want read" is how an unfinished handshake looks from inside, not what went wrong.
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, (ssl.SSLWantReadError, ssl.SSLWantWriteError)):
            return tls_failure(cause, f"the proxy {proxy_place(route)}" if step == "proxy-tls" else place(route))
    if type(failure).__name__ == "ProxyError":
        return proxy_answer(str(failure), route)
    first, where = ("proxy", proxy_place(route)) if route.proxy else ("tcp", place(route))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return name_failure(where, proxy=bool(route.proxy))
        if isinstance(cause, OSError) and cause.errno is not None and step == "connect":
            return socket_failure(cause, where, proxy=bool(route.proxy))
    name = type(failure).__name__
    if isinstance(failure, TimeoutError) or name.endswith("Timeout"):
        return _timeout(step, where, route)
    if step in ("proxy-tls", "tunnel"):
        return NetFailure(
            "proxy", "proxy_unreachable", f"the proxy {where} accepts the connection and closes it without an answer"
        )
    if name == "ConnectError" and step == "connect":
        cause_id = "proxy_unreachable" if route.proxy else "gateway_unreachable"
        return NetFailure(first, cause_id, f"nothing accepts connections at {where}")
    return _protocol_failure(failure, route)


def _timeout(step: str, where: str, route: Route) -> NetFailure:
    seconds = f"within {route.timeout:g} s"
    if step == "connect":
        return timeout_failure(where, route.timeout, proxy=bool(route.proxy))
    if step in ("proxy-tls", "tunnel"):
        return NetFailure("proxy", "proxy_unreachable", f"the proxy {where} accepts but does not answer {seconds}")
    if step == "tls":
        return NetFailure("tls", "connection_timeout", f"{place(route)} does not finish the TLS handshake {seconds}")
    return NetFailure("answer", "stream_or_request_timeout", f"{place(route)} sent no answer {seconds}")


def _protocol_failure(failure: BaseException, route: Route) -> NetFailure:
    text, name = str(failure), type(failure).__name__
    if name == "RemoteProtocolError" and re.search(r"\\x1[56]\\x03", text):
        return NetFailure("answer", "plain_http_on_tls_port", f"{place(route)} speaks TLS, but the URL says http://")
    if name in ("RemoteProtocolError", "ReadError", "WriteError", "CloseError") and not re.search("illegal|line", text):
        what = "before any answer" if "without sending" in text else "in the middle"
        return NetFailure("answer", "connection_reset", f"{place(route)} closed the connection {what}")
    if name == "RemoteProtocolError":
        return NetFailure("answer", "response_shape_invalid", f"{place(route)} answers something that is no HTTP")
    if name in ("UnsupportedProtocol", "InvalidURL") or isinstance(failure, ValueError):
        return NetFailure(
            "request", "base_url_wrong_endpoint", f"{redact.url(route.base_url)} is no usable http(s) URL"
        )
    if name == "LocalProtocolError":
        return NetFailure(
            "request", "auth_header_format_wrong", "a header value holds a character headers cannot carry"
        )
    return NetFailure("answer", "unknown", f"the request to {place(route)} failed: {redact.quote(text or name, 200)}")


def name_failure(where: str, *, proxy: bool) -> NetFailure:
    """The host part of ``where`` does not resolve."""
    host = where.rpartition(":")[0] or where
    return NetFailure("name", "name_not_resolved", f"the {'proxy ' if proxy else ''}host name {host} does not resolve")


def timeout_failure(where: str, seconds: float, *, proxy: bool) -> NetFailure:
    """Neither acceptance nor refusal within ``seconds``."""
    if proxy:
        return NetFailure("proxy", "proxy_unreachable", f"the proxy {where} does not answer within {seconds:g} s")
    return NetFailure("tcp", "connection_timeout", f"{where} neither accepts nor refuses within {seconds:g} s")


def socket_failure(failure: OSError, where: str, *, proxy: bool) -> NetFailure:
    """A refused, reset or unroutable TCP connection."""
    number = failure.errno
    place_name = f"the proxy {where}" if proxy else where
    cause = "gateway_unreachable"
    if number == errno.ECONNRESET or isinstance(failure, ConnectionResetError):
        said, cause = f"{place_name} resets the connection", "connection_reset"
    elif number == errno.ETIMEDOUT:
        said, cause = f"{place_name} does not answer", "connection_timeout"
    elif number in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
        said = f"this machine has no route to {place_name}"
    elif number == errno.ECONNREFUSED:
        said = f"nothing listens at {place_name} (connection refused)"
    elif number in (errno.EACCES, errno.EPERM):
        said = f"a local firewall or sandbox forbids connecting to {place_name}"
    else:
        said = f"{place_name} cannot be reached ({failure.strerror or 'no reason given'})"
    return NetFailure("proxy", "proxy_unreachable", said) if proxy else NetFailure("tcp", cause, said)


def proxy_answer(text: str, route: Route) -> NetFailure:
    """The proxy refused the tunnel; ``text`` starts with its status code where it gave one."""
    status = re.match(r"\s*(\d{3})\b", text)
    where, target = proxy_place(route), place(route)
    code = int(status[1]) if status else 0
    if code == 407:
        return NetFailure("proxy", "proxy_auth_failed", f"the proxy {where} wants other credentials (407)")
    if code in (403, 451):
        return NetFailure("proxy", "egress_host_blocked", f"the proxy {where} forbids {target} ({code})")
    if code:
        cause = "connection_timeout" if code == 504 else "gateway_unreachable"
        return NetFailure("proxy", cause, f"the proxy {where} cannot open a tunnel to {target} ({code})")
    return NetFailure("proxy", "proxy_unreachable", f"the proxy {where} gave no usable answer to CONNECT {target}")


def tls_failure(failure: ssl.SSLError, where: str) -> NetFailure:
    """Which TLS fault it is, told by OpenSSL's verification code or reason, never by wording alone."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _verification_failure(failure, where)
    reason = failure.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        return NetFailure("tls", "tls_on_plain_http_port", f"{where} speaks no TLS, but the URL says https://")
    if "CERTIFICATE_REQUIRED" in reason or reason in (
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "TLSV1_ALERT_UNKNOWN_CA",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    ):
        return NetFailure("tls", "tls_client_certificate_required", f"{where} asks for a client certificate it accepts")
    if reason in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "NO_SHARED_CIPHER"):
        return NetFailure("tls", "tls_protocol_mismatch", f"{where} shares no TLS version or cipher with this program")
    if isinstance(failure, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in reason:
        return NetFailure("tls", "connection_reset", f"{where} closes the connection during the TLS handshake")
    said = reason.replace("_", " ").lower() or "no reason given"
    return NetFailure("tls", "tls_protocol_mismatch", f"the TLS handshake with {where} fails: {said}")


def _verification_failure(failure: ssl.SSLCertVerificationError, where: str) -> NetFailure:
    code = failure.verify_code
    if code == _EXPIRED:
        return NetFailure("tls", "tls_certificate_expired", f"the certificate of {where} (or of its CA) has expired")
    if code == _NOT_YET:
        return NetFailure(
            "tls", "tls_certificate_expired", f"the certificate of {where} is not valid yet: check the clock"
        )
    if code in (_WRONG_HOST, _WRONG_ADDRESS):
        return NetFailure("tls", "tls_hostname_or_chain_invalid", f"the certificate of {where} is for another name")
    if code == _BAD_SIGNATURE:
        said = f"the issuer of {where} bears the name of a trusted CA but another key (a renewed CA?)"
        return NetFailure("tls", "tls_ca_not_trusted", said)
    if code == _SELF_SIGNED:
        return NetFailure("tls", "tls_ca_not_trusted", f"the certificate of {where} is self-signed and not trusted")
    if code == _SELF_SIGNED_IN_CHAIN:
        return NetFailure("tls", "tls_ca_not_trusted", f"the chain of {where} ends in a root that is not trusted here")
    if code in (_NO_ISSUER, _NO_FIRST_ISSUER):
        return NetFailure("tls", "tls_ca_not_trusted", f"the issuer of the certificate of {where} is not trusted here")
    said = redact.quote(failure.verify_message, 120)
    return NetFailure("tls", "tls_hostname_or_chain_invalid", f"the certificate of {where} is refused: {said}")


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """``failure``, what it was raised from, and the members of exception groups (bounded)."""
    waiting, seen = [failure], 0
    while waiting and seen < 40:
        current = waiting.pop(0)
        seen += 1
        yield current
        waiting.extend(getattr(current, "exceptions", ()))
        for linked in (current.__cause__, current.__context__):
            if linked is not None:
                waiting.append(linked)


def _place(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "the given address"
    port = port or {"https": 443}.get(parts.scheme, 80)
    shown = redact.quote(host, 120)
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"
