"""``llm-gateway report``: arguments, output."""

from __future__ import annotations

import argparse

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK
from mcp_server.cli.symptom import add_symptom, symptom

_DESCRIPTION = (
    "Writes a Markdown report with what the issue forms of Claude Code and LiteLLM ask for. Credentials are removed, "
    "and the result is searched once more for them."
)


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser("report", help="write a redacted report for an issue", description=_DESCRIPTION)
    add_symptom(parser)
    parser.add_argument("--config", dest="config_path", metavar="FILE", help="gateway file to check as well")
    parser.add_argument("--output", metavar="FILE", help="write to this new file, not to standard output")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Raises GatewayError when the file cannot be written or a credential would be in the report."""
    import asyncio

    from mcp_server.operations import report

    bundle = asyncio.run(report.run(symptom=symptom(options), config_path=options.config_path))
    if options.output:
        report.write(bundle, options.output)
        screen.write(f"Written: {options.output} (readable only by you).\n")
    else:
        screen.write(bundle.markdown)
    return EXIT_OK
