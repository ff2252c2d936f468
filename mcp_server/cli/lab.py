"""``llm-gateway lab up``: a broken (or healthy) gateway on loopback to rehearse with, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from typing import TYPE_CHECKING

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK

if TYPE_CHECKING:
    from mcp_server.lab.up import Up

_EXAMPLES = """examples:
  llm-gateway lab up                                     a healthy laboratory
  llm-gateway lab up --fault stream-cut                  one fault between client and gateway
  llm-gateway lab up --gateway litellm --fault provider-401
  llm-gateway lab up --gateway claude-gateway            Anthropic's own gateway, its database and a sign-in
  llm-gateway lab up --list-faults
"""
#: Variables of this shell that would win over the laboratory's.
_OTHERS = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "ANTHROPIC_CUSTOM_HEADERS"),
    *("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_OAUTH_TOKEN"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NODE_EXTRA_CA_CERTS"),
)


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    lab = verbs.add_parser("lab", help="a loopback laboratory with faults to rehearse with")
    actions = lab.add_subparsers(dest="action", required=True, metavar="ACTION")
    parser = actions.add_parser(
        "up",
        help="start it, print what to export, run until Ctrl-C",
        description="Starts a provider emulator (and a real gateway) on 127.0.0.1, breaks what --fault names, and "
        "prints the variables of a shell that uses it. Nothing is left when it ends.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--provider", choices=("anthropic", "vertex", "bedrock"), default="anthropic")
    parser.add_argument(
        "--gateway", choices=("none", "litellm", "claude-gateway"), default="none", help="default: %(default)s"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="may be given several times")
    parser.add_argument("--list-faults", action="store_true", help="show every fault and what it breaks")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs ``lab up``. Raises GatewayError where it cannot start, ModuleNotFoundError without the extra ``lab``."""
    if options.list_faults:
        screen.write(_listed())
        return EXIT_OK
    import asyncio

    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    import asyncio
    import logging
    import signal

    from mcp_server.lab.up import up

    # A fault is an error on purpose: its traceback is no news.
    logging.getLogger("uvicorn.error").disabled = True

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    async with up(options.provider, options.gateway, options.fault, report) as laboratory:
        screen.write(_shown(laboratory))
        sys.stdout.flush()
        ended = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(sign, ended.set)
        await ended.wait()
    report("llm-gateway: the laboratory is gone.")
    return EXIT_OK


def _shown(laboratory: Up) -> str:
    stale = [name for name in _OTHERS if name in os.environ and name not in laboratory.exports]
    lines = ["# Paste into another shell (the credentials work nowhere else):"]
    lines += [f"unset {' '.join(stale)}"] if stale else []
    lines += [f"export {name}={shlex.quote(value)}" for name, value in laboratory.exports.items()]
    lines.append("")
    for fault in laboratory.faults:
        lines.append(f"# broken: {fault.title} [{fault.id}, layer {fault.layer}]")
    if not laboratory.faults:
        lines.append("# nothing is broken; --list-faults shows what can be")
    lines += [
        "# what Claude Code says:   CLAUDE_CODE_MAX_RETRIES=0 claude -p hi",
        "# what llm-gateway says:   llm-gateway test-model",
    ]
    if laboratory.log is not None:
        lines.append(f"# the gateway's log:      {laboratory.log}")
    return "\n".join([*lines, "# Ctrl-C here ends everything.", ""])


def _listed() -> str:
    from mcp_server.lab.faults import FAULTS

    width = max(map(len, FAULTS))
    lines = [f"{'fault':{width}}  {'layer':12}  what is broken"]
    for place, heading in (("front", "between client and gateway"), ("upstream", "behind a gateway (--gateway)")):
        lines += ["", f"{heading}:"]
        lines += [f"{f.id:{width}}  {f.layer:12}  {f.title}" for f in FAULTS.values() if f.place == place]
    return "\n".join([*lines, ""])
