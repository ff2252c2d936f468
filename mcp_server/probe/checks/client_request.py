"""A request of the client's own size and dialect with a tool call, its result, and the answer after it."""

from __future__ import annotations

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe import protocol
from mcp_server.probe.checks.ask import LIMITS
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, passed, undecided
from mcp_server.probe.context import Context
from mcp_server.probe.reply.remedies import fix_for


async def run(context: Context) -> Verdict:
    outcome = await protocol.PROBE.run(context)
    errors = [f for f in outcome.findings if f.severity == "error"]
    if errors:
        first = errors[0]
        if first.id in LIMITS:
            return undecided(f"not decided: {first.problem}", [first.model_copy(update={"severity": "warning"})])
        if first.confidence == "low":
            first = first.model_copy(update={"fix": fix_for(first.id, context, first.problem, "client_request")})
        return Verdict("fail", first.problem, [first, *errors[1:]])
    tokens = "{:,} tokens in / {:,} out".format(*context.facts["usage"])
    done = f"full request, tool call with exact arguments, tool result, answer: {tokens}"
    # What every stream of this gateway has is the matter of the checks of the small answer.
    healed = [
        f for f in outcome.findings if f.severity == "warning" and "Claude Code" in f.problem and _new(context, f.id)
    ]
    return Verdict("warn", healed[0].problem, healed) if healed else passed(done)


def _new(context: Context, cause: str) -> bool:
    return cause not in context.facts.get("stream_findings", ())


def _tokens(shape: RequestShape) -> int:
    """Two turns of the client's size, at about three and a half characters a token."""
    return 2 * shape.body_bytes * 2 // 7 + 400


CHECK = ProtocolCheck("client_request", "protocol", "Does the client's full request with a tool work?", run, _tokens)
