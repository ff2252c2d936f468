"""``llm-gateway up``, ``down``, ``status`` and ``logs``: a local LiteLLM, kept alive, watched and stopped again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mcp_server.cli import arguments, screen
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_server.answer import Answer

_EXAMPLES = """examples:
  llm-gateway up --lab --apply                       everything on this machine, no credentials; then: claude
  llm-gateway up --vertex-project my-project         Vertex AI, the living models, until Ctrl-C
  llm-gateway up --config litellm.yaml --detach      your own file, in the background
  llm-gateway status · llm-gateway logs -f · llm-gateway down
"""
_TEXTS = ("vertex_project", "vertex_region", "aws_region", "routing")
_LISTS = ("models", "providers", "fallbacks")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands to ``verbs``."""
    up = verbs.add_parser(
        "up",
        help="start a local LiteLLM for Claude Code, keep it alive, check it",
        description="Generates and checks the files (or takes yours), starts LiteLLM on 127.0.0.1 under supervision "
        "and checks it on three levels. Without --detach it is stopped by Ctrl-C.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    up.add_argument("--lab", action="store_true", help="the laboratory stands in for the cloud: needs no credentials")
    for name in _LISTS:
        value, meaning = arguments.LISTS[name]
        up.add_argument(f"--{name}", type=_names, default=(), metavar=value, help=meaning)
    for name in _TEXTS:
        value, meaning = arguments.TEXTS[name]
        up.add_argument(f"--{name.replace('_', '-')}", default="", metavar=value, help=meaning)
    up.add_argument("--config", default="", metavar="FILE", help="your own LiteLLM file instead of a generated one")
    up.add_argument("--port", type=int, metavar="N", help="default 4000; 0 for any free one")
    up.add_argument("--apply", action="store_true", help="also change Claude Code's settings; can be undone")
    up.add_argument("--scope", default="user", metavar="SCOPE", help="settings to change: user (default) or local")
    up.add_argument("--detach", action="store_true", help="leave it running in the background")
    up.add_argument("--yes", action="store_true", help="also make the check that costs a few thousand tokens")
    up.add_argument("--litellm", default="", metavar="PROGRAM", help="your own litellm instead of the tested release")
    up.add_argument("--wait", type=float, default=120.0, metavar="SECONDS", help="for LiteLLM's start, default 120")
    up.add_argument("--although-invalid", action="store_true", help="also when the file has errors")
    up.add_argument("--although-managed", action="store_true", help="also when another tool manages the settings")
    down = verbs.add_parser("down", help="stop what up started and take its files away")
    down.add_argument("--rollback", action="store_true", help="also take the change of the settings back")
    status = verbs.add_parser("status", help="whether the gateway is up, since when, and how it ended before")
    for parser in (up, down, status):
        parser.add_argument("--json", action="store_true", help="print the Answer as JSON")
        parser.set_defaults(command=run)
    logs = verbs.add_parser("logs", help="what the gateway says, without credentials")
    logs.add_argument(
        "service",
        nargs="?",
        default="litellm",
        metavar="SERVICE",
        help="default: litellm",
    )
    logs.add_argument("-n", "--lines", type=int, default=50, metavar="N", help="last lines, default %(default)s")
    logs.add_argument("-f", "--follow", action="store_true", help="and those to come, until Ctrl-C")
    logs.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs one of the commands. Raises UsageError or GatewayError."""
    if options.verb == "logs":
        return _logs(options)
    import asyncio

    from mcp_server.operations import down, gateway_status

    if options.verb == "up":
        return _up(options)
    if options.verb == "down":
        answer = down.run(undo_settings=options.rollback)
    else:
        answer = asyncio.run(gateway_status.status())
    screen.write_answer(answer, as_json=options.json)
    return EXIT_PROBLEMS if answer.verdict in ("errors", "warnings") and options.verb == "down" else _code(answer)


def _code(answer: Answer) -> int:
    return EXIT_PROBLEMS if answer.verdict == "errors" else EXIT_OK


def _up(options: argparse.Namespace) -> int:
    import asyncio

    from mcp_server.lab.signals import ended_by_signals
    from mcp_server.operations import up

    wish = up.Wish(
        **{name: getattr(options, name) for name in (*_TEXTS, *_LISTS)},
        **{name: getattr(options, name) for name in ("lab", "config", "port", "apply", "scope", "litellm", "wait")},
        although_invalid=options.although_invalid,
        although_managed=options.although_managed,
    )

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def agree(plan: str) -> bool:
        if options.yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        report(plan)
        print("Send them? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    async def start() -> Answer:
        with ended_by_signals():
            return await up.run(wish, report, agree)

    answer = asyncio.run(start())
    screen.write_answer(answer, as_json=options.json)
    sys.stdout.flush()
    if not options.detach and up.started():
        _stay(report)
    return _code(answer)


def _stay(report: Callable[[str], None]) -> None:
    """Until Ctrl-C (or the supervisor's end), then everything is stopped."""
    import signal
    import threading

    from mcp_server.operations import down
    from mcp_server.run import gateway_state, processes

    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: ended.set())
    report("llm-gateway: it runs until Ctrl-C.")
    supervisor = gateway_state.supervisor()
    told = 0
    while not ended.wait(0.5):
        if supervisor is None or not processes.runs(supervisor):
            report("llm-gateway: the gateway was stopped by somebody else.")
            return
        ends = [
            f"{name} {end['how']} at {end['at']}"
            for name, state in (gateway_state.read("state.json").get("services") or {}).items()
            for end in state["ends"]
        ]
        for line in ends[told:]:
            report(f"llm-gateway: {line}; it is started again.")
        told = len(ends)
    answer = down.run()
    report(f"llm-gateway: {answer.quick_answer}")
    for check in answer.verification:
        report(f"  {check.title}: {check.detail}{f' Run: {check.command}' if check.command else ''}")


def _logs(options: argparse.Namespace) -> int:
    from mcp_server.errors import UsageError
    from mcp_server.operations import gateway_status
    from mcp_server.redact import quote

    if options.service not in (known := gateway_status.logs()):
        raise UsageError(f"there is no service {quote(options.service, 40)!r}.", f"Choose one of {', '.join(known)}.")
    if options.lines < 0:
        raise UsageError(f"-n {options.lines} makes no sense.", "Give the number of lines, 0 or more.")
    for line in gateway_status.lines(options.service, options.lines):
        screen.write(f"{line}\n")
    if options.follow:
        sys.stdout.flush()
        for line in gateway_status.follow(options.service):
            screen.write(f"{line}\n")
            sys.stdout.flush()
    return EXIT_OK


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
