"""mTLS: does the target want a client certificate, and why does it not take ours?"""

from __future__ import annotations

from mcp_server.net.route import NetFailure
from mcp_server.net.tls import certificate_complaint, shake_hands
from mcp_server.net.trust import check_client_certificate, client_context
from mcp_server.probe.base import Outcome, failed
from mcp_server.probe.path import PathRun
from mcp_server.probe.proxy import open_through

#: Source: the variable's entry in Claude Code's documentation.
RELOAD = (
    "From 2.1.232 on Claude Code reads renewed files by itself when a connection is stale (unless "
    "CLAUDE_CODE_DISABLE_MTLS_RELOAD_ON_STALE_CONNECTION is set); older releases need a restart."
)
WANTED = "Set CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY to PEM files that this server accepts."
_SECONDS = 1.5


async def wants_certificate(path: PathRun) -> bool:
    """A second look after a 400, which may be about the client certificate or about anything else."""
    try:
        channel = await open_through(path)
    except NetFailure:
        return False
    if channel is None:
        return False
    hands = await shake_hands(channel, path.host, client_context(path.route), path.limit, where=path.where)
    return hands.channel is not None and await certificate_complaint(
        hands.channel, path.where, min(_SECONDS, path.limit)
    )


def own_certificate_refused(title: str, failure: NetFailure, path: PathRun) -> Outcome:
    """The client certificate was sent and is not taken: say so, and what is wrong with it if that can be seen."""
    fault = check_client_certificate(path.route.client_certificate or "")
    if fault is not None:
        ended = NetFailure("tls", "tls_certificate_expired", f"{path.where} refuses this client: {fault.problem}")
        outcome = failed(title, ended, f"{fault.fix} {RELOAD}")
    elif failure.cause in ("tls_client_certificate_required", "connection_reset"):
        said = f"{path.where} does not take the client certificate of CLAUDE_CODE_CLIENT_CERT"
        refused = NetFailure("tls", "tls_client_certificate_required", said)
        fix = f"Ask its operator which CA must have issued it, and for which name. {RELOAD}"
        outcome = failed(title, refused, fix)
    else:
        return failed(title, failure, WANTED)
    outcome.facts["client_certificate_fault"] = True
    return outcome
