"""The client's first sign of life: ``HEAD``. Any answer will do; a redirect or silence tells of trouble to come."""

from __future__ import annotations

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_QUESTION = Question("head", "HEAD", "route_not_found")
#: The newest release that was seen to ask for the base URL itself.
_ROOT_UNTIL = "2.1.197"


async def run(context: Context) -> Verdict:
    old = version_numbers(context.shape.client_version) <= version_numbers(_ROOT_UNTIL)
    path = "/" if old else "/api/hello"
    try:
        reply = await context.request("HEAD", path, headers={"user-agent": "Bun/1.4.4"})
    except NetFailure as failure:
        return problem(context, _QUESTION, f"{path}: {quote(failure.detail, 160)}", severity="warning")
    if 300 <= reply.status < 400:
        location = quote(reply.headers.get("location", "nowhere"), 120)
        return problem(context, _QUESTION, f"{path} is redirected to {location}", severity="warning")
    if reply.status >= 500:
        return problem(context, _QUESTION, f"{path} answers {reply.status}", severity="warning")
    return passed(f"{path} answers {reply.status}")


CHECK = ProtocolCheck("head", "route", "Is the client's HEAD answered?", run, free)
