"""Is a certificate the real one, or re-signed by something on the way (TLS inspection)?"""

from __future__ import annotations

import re

from mcp_server.net.route import NetFailure, Route
from mcp_server.net.tls import Certificate, TlsChannel, looking_context, read_certificates, shake_hands
from mcp_server.probe.path import PathRun
from mcp_server.probe.proxy import tunnel_to

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
_SECONDS = 1.5
_BETWEEN = r"\b(?:intermediate|issuing|sub|subordinate|leaf|signing)\b"
#: Words of CA names that say nothing about whose CA it is.
_COMMON = frozenset(
    (
        *("root", "ca", "intermediate", "issuing", "sub", "subordinate", "signing", "server", "tls", "ssl", "cn"),
        *("certificate", "certification", "authority", "global", "trust", "primary", "test", "rsa", "ecc", "ecdsa"),
        *("the", "and", "of"),
    )
)


def inspector(issuer: str) -> str | None:
    """The inspecting product that ``issuer`` names, or ``None``."""
    return next((name for name in _INSPECTORS if name.lower() in issuer.lower()), None)


def inspected(seen: Certificate, host: str) -> bool:
    """Does the certificate itself show it: an inspector's name, or a private issuer for a public host?"""
    return inspector(seen.issuer) is not None or f".{host}".endswith(_PUBLIC)


def chain_of(channel: TlsChannel) -> tuple[Certificate, ...]:
    """What the server showed, its own certificate first."""
    sent = channel.chain()
    own = channel.certificate()
    return sent or ((own,) if own is not None else ())


def missing_intermediate(seen: tuple[Certificate, ...], route: Route) -> str:
    """The trusted root to which an issuer that the server did not send most likely leads; empty when none is likely.

    A lone certificate whose issuer bears the name of the organisation of a CA that the client was given on purpose:
    the root is there, what lies between is not.
    """
    if len(seen) != 1 or seen[0].self_signed or inspector(seen[0].issuer):
        return ""
    own = _own_words(seen[0].issuer)
    for path in filter(None, (route.ca_file, *route.extra_ca_files)):
        for root in read_certificates(path):
            words = _own_words(root.subject)
            between = not words and not own and re.search(_BETWEEN, seen[0].issuer, re.IGNORECASE)
            if root.subject != seen[0].issuer and (words & own or between):
                return root.subject
    return ""


def _own_words(name: str) -> set[str]:
    """What is particular in a CA's name."""
    return {word for word in re.findall(r"[^\W\d_]{2,}", name.lower()) if word not in _COMMON}


async def same_issuer(path: PathRun, seen: Certificate) -> str:
    """An unrelated host behind the same proxy whose certificate comes from the same issuer; empty when none does."""
    if path.proxy is None or seen.self_signed:
        return ""
    for authority in path.neighbours:
        host = authority.rpartition(":")[0].strip("[]")
        if host == path.host or path.limit < 0.3:
            continue
        try:
            channel = await tunnel_to(path, authority)
        except NetFailure:
            continue
        if channel is None:
            continue
        hands = await shake_hands(channel, host, looking_context(), min(_SECONDS, path.limit), where=authority)
        other = hands.channel.certificate() if hands.channel is not None else None
        if other is not None:
            return authority if other.issuer == seen.issuer else ""
    return ""
