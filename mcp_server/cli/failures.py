"""What is said when a command ends without a result of its own, and with which exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED, EXIT_USAGE
from mcp_server.errors import GatewayError, UsageError

_CODES = {UsageError: EXIT_USAGE, screen.OutputError: EXIT_UNCHECKED}
_DEFECT = (
    "internal error ({}); this is a defect of llm-gateway.",
    "run it again with LLM_GATEWAY_DEBUG=1 and report the traceback.",
)


def end(error: BaseException, given: Sequence[str]) -> NoReturn:
    """Says on standard error what ``error`` means for a person, and ends the process.

    Raises:
        BaseException: ``error`` itself, where LLM_GATEWAY_DEBUG asks for the traceback of a defect.
    """
    if isinstance(error, GatewayError):
        _say(error.problem, error.fix, _CODES.get(type(error), EXIT_PROBLEMS))
    if _interrupted(error):
        print("llm-gateway: stopped.", file=sys.stderr)
        sys.exit(130)
    if isinstance(error, BrokenPipeError):
        # The reader has gone (``| head``): say nothing, and keep Python from saying it at exit.
        screen.discard()
        sys.exit(EXIT_OK)
    if os.environ.get("LLM_GATEWAY_DEBUG") or not isinstance(error, Exception):
        raise error
    if isinstance(error, OSError) and error.strerror:
        _say(*_of_the_system(error), EXIT_UNCHECKED)
    if isinstance(error, RuntimeError) and "home directory" in str(error):
        _say(*_homeless(given), EXIT_USAGE)
    package = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package not in ("", "mcp_server"):
        _say(
            f"this command needs the package {package}, which is not installed.",
            "install the laboratory's packages: pip install 'llm-gateway-assistant[lab]'",
            EXIT_PROBLEMS,
        )
    # A defect of ours must not look like an answer, nor spill what it was working on.
    _say(_DEFECT[0].format(type(error).__name__), _DEFECT[1], EXIT_UNCHECKED)


def _say(problem: str, fix: str, code: int) -> NoReturn:
    print(f"llm-gateway: {problem}\n  what to do: {fix}", file=sys.stderr)
    sys.exit(code)


def _homeless(words: Sequence[str]) -> tuple[str, str]:
    """``~name`` of an unknown user, or a user without a home folder, as in a container with a made-up number."""
    from mcp_server.redact import quote

    named = next((word for word in words if word.startswith("~")), "")
    if named:
        return (
            f"{quote(named, 200)} begins with ~ and the name of no user of this machine.",
            f"write ./{quote(named, 200)} for a file of that name, or the whole path.",
        )
    return "this user has no home folder, and HOME is not set.", "export HOME=/a/folder/of/yours, then run it again."


def _of_the_system(error: OSError) -> tuple[str, str]:
    """What the system refused, where nothing nearer had a better sentence for it."""
    from mcp_server.redact import quote

    if error.filename is None and not _has_folder():
        return "the current folder no longer exists.", "cd into another one."
    name = error.filename if error.filename is not None else "this machine"
    return (
        f"{quote(os.fsdecode(name) if not isinstance(name, int) else str(name), 200)}: {str(error.strerror).lower()}.",
        "check that it exists, whose it is and what you may do with it (ls -ld), then run it again.",
    )


def _has_folder() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109 - only whether it is there
    except OSError:
        return False


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: in the middle of an import, Python may wrap it into another error."""
    loop = sys.modules.get("asyncio")  # takes longer to import than most files to check
    stops = (KeyboardInterrupt, loop.CancelledError) if loop else (KeyboardInterrupt,)
    if isinstance(error, stops):
        return True
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
