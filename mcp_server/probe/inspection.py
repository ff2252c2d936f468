"""Is a certificate the real one, or re-signed by something on the way (TLS inspection)?"""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.net.tls import Certificate, TlsChannel, looking_context, shake_hands
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
