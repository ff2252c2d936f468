"""``llm-gateway doctor``: arguments, output, exit code."""

from __future__ import annotations

import argparse

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser(
        "doctor",
        help="is everything here that a local gateway needs, and how to install what is not",
        description="Looks at programs, folders, port, network settings and credentials of this machine. Offline.",
    )
    parser.add_argument("--providers", type=_names, default=(), metavar="A,B,…", help="vertex, bedrock, anthropic")
    parser.add_argument("--config", metavar="FILE", help="a LiteLLM file whose needs count")
    parser.add_argument("--port", type=int, default=4000, metavar="N", help="default %(default)s")
    parser.add_argument("--json", action="store_true", help="print the Answer as JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs the command; 1 when something that is needed is missing."""
    import asyncio

    from mcp_server.operations import doctor

    answer = asyncio.run(doctor.run(options.providers, options.config, options.port))
    screen.write_answer(answer, as_json=options.json)
    return EXIT_PROBLEMS if answer.verdict == "errors" else EXIT_OK


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
