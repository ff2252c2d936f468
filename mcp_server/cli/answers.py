"""What the commands share that end with one Answer: their parser, and the exit code of its verdict."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED

if TYPE_CHECKING:
    from mcp_server.answer import Answer

_CODES = {"ok": EXIT_OK, "warnings": EXIT_OK, "errors": EXIT_PROBLEMS, "unknown": EXIT_UNCHECKED}


def add_verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    ask: Callable[[argparse.Namespace], Answer | Awaitable[Answer]],
    *,
    unknown: int = EXIT_UNCHECKED,
) -> argparse.ArgumentParser:
    """A command that prints the Answer of ``ask``, or with ``--json`` the same as data.

    ``unknown``: exit code where nothing was proved; 0 for a command that is not there to prove anything.
    """
    parser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--json", action="store_true", help="print the Answer as JSON")

    def command(options: argparse.Namespace) -> int:
        answer = _waited_for(ask(options))
        screen.write_answer(answer, as_json=options.json)
        return {**_CODES, "unknown": unknown}[answer.verdict]

    parser.set_defaults(command=command)
    return parser


def _waited_for(answer: Answer | Awaitable[Answer]) -> Answer:
    from mcp_server.answer import Answer

    if isinstance(answer, Answer):
        return answer
    import asyncio

    async def wait(coming: Awaitable[Answer]) -> Answer:
        return await coming

    return asyncio.run(wait(answer))
