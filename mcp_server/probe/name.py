"""Does the name of the first hop resolve? With a proxy that is the proxy's name; the target's is its business."""

from __future__ import annotations

from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.net.resolve import refuse_metadata, resolve
from mcp_server.net.route import NetFailure
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.path import PathRun, milliseconds


async def run(path: PathRun) -> Outcome:
    host, proxied = path.first_host, path.proxy is not None
    title = f"Name {host}"
    try:
        if proxied:
            refuse_metadata(path.host, (path.host,), allowed=path.route.link_local)
        found = await resolve(
            host, path.first_port, path.limit, link_local=path.route.link_local and not proxied, proxy=proxied
        )
    except NetFailure as failure:
        said = finding(failure.cause, problem=failure.detail, fix=_fix(failure, path), command=f"getent hosts {host}")
        return Outcome([Check(title=title, status="fail", detail=f"{failure.detail}.")], [said])
    path.addresses = found.addresses
    if found.literal:
        return Outcome([Check(title=title, status="pass", detail="is an address; nothing to resolve.")])
    shown = ", ".join(found.addresses[:4])
    detail = f"resolves to {shown} ({milliseconds(found.seconds)})."
    return Outcome([Check(title=title, status="pass", detail=detail)])


def _fix(failure: NetFailure, path: PathRun) -> str:
    if failure.cause != "name_not_resolved":
        return "Correct the URL. If you mean this address, name it in the tool's targets argument."
    if path.proxy is not None:
        variable = path.decision.variable if path.decision and path.decision.variable else "the proxy variable"
        return (
            f"Correct the proxy's host name in {variable}. Away from the company network (no VPN) that name is often "
            "unknown: connect the VPN, or unset the variable there."
        )
    return (
        "Check the spelling and the VPN. Where only the proxy resolves outside names, set HTTPS_PROXY; the proxy then "
        "does the look-up."
    )


PROBE = Probe("name", "name", "Does the host name of the first hop resolve?", run)
