"""The answer to the small message, which came through before any check runs; several checks read it for free."""

from __future__ import annotations

from mcp_server.probe.checks.ask import Answered
from mcp_server.probe.context import Context
from mcp_server.probe.request.attempts import Attempts

WHAT = "small message"


def small_answer(context: Context) -> Answered:
    """What ``probe.upstream`` left behind: the stream itself, also where the client had to ask again without one."""
    small: Attempts = context.facts["small"]
    if small.reply is None or small.transcript is None:
        raise AssertionError("checks run only after the small message came through")
    return Answered(small.reply, small.transcript.given_up or small.transcript)
