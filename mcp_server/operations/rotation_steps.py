"""The steps of a rotation as they are done, the ways back from them, and the Answer that tells both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mcp_server.answer import Answer, Check, Verdict
from mcp_server.errors import GatewayError


@dataclass
class Steps:
    """What was done, in order; ``undo`` are the ways back, the last first."""

    checks: list[Check] = field(default_factory=list)
    undo: list[tuple[str, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    title: str = ""
    """The step that is being done."""

    def passed(self, detail: str) -> None:
        """The step came through."""
        self.checks.append(Check(title=self.title, status="pass", detail=detail))

    def failed(self, error: GatewayError) -> None:
        """The step did not."""
        self.checks.append(Check(title=self.title, status="fail", detail=error.problem, if_not=error.fix))

    async def back(self) -> list[str]:
        """Undoes what was done. Returns what could not be undone."""
        left = []
        for title, way in reversed(self.undo):
            try:
                await way()
                self.title = f"Taken back: {title}"
                self.passed("as before")
            except GatewayError as error:
                self.title = f"Not taken back: {title}"
                self.failed(error)
                left.append(title)
        return left


async def all_or_none(steps: Steps, work: Awaitable[None]) -> Answer | None:
    """Does ``work``, which notes its steps. When one fails, everything is undone and the Answer says so.

    ``None``: it came through. Ctrl-C undoes everything too.
    """
    try:
        await work
    except GatewayError as error:
        steps.failed(error)
        left = await steps.back()
        remains = f" Not taken back: {', '.join(left)}." if left else " Everything is as before."
        return answer("errors", f"Stopped; the old key was not touched and stays valid.{remains}", steps)
    except asyncio.CancelledError:  # Ctrl-C
        await steps.back()
        raise
    return None


def answer(verdict: Verdict, text: str, steps: Steps) -> Answer:
    """What was done, step by step."""
    return Answer(
        verdict=verdict,
        quick_answer=text,
        verification=steps.checks,
        context=[
            "Security: the old key stands in the state folder's journal (readable only by you) until that is pruned; a "
            "deleted key there opens nothing.",
            "Running sessions of Claude Code keep the key they started with, unless it comes from apiKeyHelper.",
        ],
    )


async def rolled_back(identifier: str) -> None:
    """The files of that change as before; raises GatewayError when one was changed since."""
    from mcp_server.change.apply import rollback

    rollback(identifier)
