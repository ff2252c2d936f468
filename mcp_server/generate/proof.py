"""The commands that prove a gateway whose own files another program reads, the same for every set-up."""

from __future__ import annotations

from mcp_server.answer import Check

_REFUSED = "findings[0] names the layer and the change"


def proving_checks(target: str, *, whole: bool = True, if_not: str = _REFUSED) -> list[Check]:
    """``target``: the arguments that name the gateway, empty for what the client is configured with.

    ``whole``: also the protocol check by check, which speaks Anthropic's format.
    """
    arguments = f" {target}" if target else ""
    found = [
        Check(
            title="the gateway serves Claude Code",
            status="todo",
            detail="A streamed tool round trip in the client's own request shape; a few thousand billed tokens.",
            command=f"llm-gateway test-model{arguments}",
            expect="verdict ok",
            if_not=if_not,
        )
    ]
    if whole:
        found.append(
            Check(
                title="it keeps the whole protocol",
                status="todo",
                detail="Every part of the protocol that Claude Code uses, one by one; billed.",
                command=f"llm-gateway compatibility{arguments}",
                expect="all musts pass",
                if_not="the report says which setting of the client or the gateway cures each",
            )
        )
    return found
