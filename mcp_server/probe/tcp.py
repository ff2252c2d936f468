"""Does the target accept TCP connections? Only asked where no proxy stands in between."""

from __future__ import annotations

from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.hosts import is_loopback
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import connect
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.path import PathRun, milliseconds


async def run(path: PathRun) -> Outcome:
    if path.proxy is not None:
        return Outcome()
    title = f"TCP to {path.where}"
    try:
        opened = await connect(path.addresses, path.port, path.limit, where=path.where)
    except NetFailure as failure:
        said = finding(failure.cause, problem=failure.detail, fix=_fix(failure, path))
        return Outcome([Check(title=title, status="fail", detail=f"{failure.detail}.")], [said])
    path.channels.append(opened.channel)
    path.ready = opened.channel
    detail = f"{opened.address} accepts ({milliseconds(opened.seconds)})."
    if opened.failed:
        detail += f" Not on {', '.join(opened.failed)}: a client that tries only that address fails."
        said = finding(
            "gateway_unreachable",
            severity="warning",
            confidence="medium",
            problem=f"{path.where} answers on {opened.address} but not on {', '.join(opened.failed)}",
            fix=f"Let the gateway listen on both, or write {opened.address} instead of the name.",
        )
        return Outcome([Check(title=title, status="warn", detail=detail)], [said])
    return Outcome([Check(title=title, status="pass", detail=detail)])


def _fix(failure: NetFailure, path: PathRun) -> str:
    if failure.cause == "gateway_unreachable" and is_loopback(path.host.lower()):
        return (
            f"Start the gateway on port {path.port}, or correct the port. Inside a container localhost is the "
            "container itself: use host.docker.internal there."
        )
    if failure.cause == "gateway_unreachable":
        return f"Check that the service runs and that port {path.port} is the right one."
    if failure.cause == "connection_reset":
        return "A firewall or the service cuts it: ask its operator; where a proxy is required set HTTPS_PROXY."
    return (
        "A firewall drops the packets. Where a proxy is required set HTTPS_PROXY; else connect the VPN or have "
        f"{path.where} allowed."
    )


PROBE = Probe("tcp", "tcp", "Does the target accept TCP connections?", run)
