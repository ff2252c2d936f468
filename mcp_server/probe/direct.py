"""Would the target answer without the proxy? Only looked at to explain a broken proxy, never used instead of it."""

from __future__ import annotations

from dataclasses import replace

from mcp_server.answer import Check
from mcp_server.net.connect import ask_directly
from mcp_server.net.resolve import resolve
from mcp_server.net.route import NetFailure
from mcp_server.net.tcp import connect
from mcp_server.net.tls import looking_context, shake_hands
from mcp_server.probe.base import Outcome
from mcp_server.probe.path import PathRun, milliseconds

_SECONDS = 1.5
#: A refused password says nothing about the network: there the proxy is the way, and no look past it is taken.
_NOT_AFTER = ("proxy_auth_failed",)


async def look(path: PathRun, broken: Outcome) -> Outcome | None:
    """A check "without the proxy" with the fact ``direct``, and the same added to the finding of ``broken``.

    ``None`` where the question makes no sense. Sends nothing but a greeting: no credential, no prompt.
    """
    if path.proxy is None or any(f.id in _NOT_AFTER for f in broken.findings):
        return None
    title = f"{path.where} without the proxy (looked at, not used)"
    try:
        said = await _answers(path)
    except NetFailure as failure:
        return Outcome([Check(title=title, status="skip", detail=f"not reachable: {failure.detail}.")])
    broken.findings[0].why += f" Without the proxy {path.where} answers this machine ({said}) at this moment."
    return Outcome([Check(title=title, status="pass", detail=f"answers directly: {said}.")], facts={"direct": True})


async def _answers(path: PathRun) -> str:
    await path.hang_up()
    limit = min(_SECONDS, path.limit)
    direct = replace(path.route, proxy=None)
    found = await resolve(path.host, path.port, limit, link_local=direct.link_local)
    opened = await connect(found.addresses, path.port, limit, where=path.where)
    path.channels.append(opened.channel)
    if path.scheme == "http":
        reply = await ask_directly(opened.channel, path.where, limit)
        if reply.status is None:
            raise NetFailure("tcp", "connection_reset", f"{path.where} accepts TCP and gives no HTTP answer")
        return f"HTTP {reply.status}, {milliseconds(opened.seconds + reply.seconds)}"
    hands = await shake_hands(opened.channel, path.host, looking_context(), limit, where=path.where)
    if hands.failure is not None:
        raise hands.failure
    return f"{hands.version}, {milliseconds(opened.seconds + hands.seconds)}"
