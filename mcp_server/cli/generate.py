"""``llm-gateway generate``: the files on the screen, and with --output in a folder."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mcp_server.cli import arguments
from mcp_server.cli.answers import add_verb
from mcp_server.cli.exit_codes import EXIT_OK
from mcp_server.errors import GatewayError, UsageError

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    # Written as asked; proving it is test-model's job.
    parser = add_verb(verbs, "generate", "write gateway and client configuration", _generate, unknown=EXIT_OK)
    parser.add_argument("goal", nargs="*", help="the wish in free words")
    for name, (value, meaning) in arguments.TEXTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=value, help=meaning)
    for name, (value, meaning) in arguments.LISTS.items():
        parser.add_argument(f"--{name}", type=_names, metavar=value, help=meaning)
    parser.add_argument("--output", metavar="DIR", help="also write the files into DIR (refuses to overwrite)")


def _generate(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import generate_config

    answer = generate_config.run(
        goal=" ".join(options.goal) or None, **{n: getattr(options, n) for n in (*arguments.TEXTS, *arguments.LISTS)}
    )
    if options.output:
        _write_files(answer, options.output)
    return answer


def _write_files(answer: Answer, folder: str) -> None:
    """Writes every file of the Answer, or none: nothing is overwritten and nothing is left half-written."""
    from pathlib import Path

    from mcp_server.generate.document import place_below

    base = Path(folder)
    files = {base / place_below(f.path): f.content for f in answer.config if f.language != "shell"}
    taken = [str(path) for path in files if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)} exists already.", "Choose another folder for --output, or remove it.")
    written: list[Path] = []
    try:
        base.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise GatewayError(
            f"cannot write into {folder}: {error.strerror}.", "Choose a folder that you may write to."
        ) from error


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
