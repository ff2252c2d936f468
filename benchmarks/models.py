"""How long checking eight models at once takes, beside the slowest one of them alone: the aim is at most 1.5 times.

The models stand on one emulator and take between a fifth of a second and a second to begin an answer. Each round runs
the slowest one alone and then all together, the full check of level claude-code; only the ratio means something.

    python benchmarks/models.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.operations import test_model
from mcp_server.snapshot import Snapshot

#: Name → seconds before the answer begins.
MODELS = {
    "claude-opus-5-5": 1.0,
    "claude-sonnet-5-5": 0.6,
    "claude-haiku-5-5": 0.2,
    "claude-fable-5-2": 0.9,
    "claude-opus-4-8": 0.8,
    "claude-sonnet-4-6": 0.5,
    "claude-haiku-4-5": 0.3,
    "claude-opus-4-6": 0.7,
}
SLOWEST = max(MODELS, key=lambda name: MODELS[name])
LIMIT = 1.5


class Thinking:
    """``app`` behind the time that each model takes to begin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/v1/messages":
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Any:
            return whole.pop() if whole else await receive()

        await asyncio.sleep(MODELS.get(json.loads(body).get("model", ""), 0.0))
        await self._app(scope, again, send)


async def seconds(url: str, names: list[str]) -> float:
    """Time of one check of ``names``."""
    shell = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "benchmark"}
    begun = time.monotonic()
    answer = await test_model.run(models=names, snapshot=Snapshot(shell=shell, client_version="2.1.330"))
    if answer.verdict not in ("ok", "warnings"):
        raise SystemExit(f"the check itself failed: {answer.quick_answer}")
    return time.monotonic() - begun


async def measure(rounds: int) -> float:
    """The median ratio; prints every round."""
    ratios = []
    with running(Thinking(AnthropicEmulator())) as url:
        await seconds(url, [SLOWEST])  # imports and trust stores are loaded once
        for number in range(rounds):
            alone, together = await seconds(url, [SLOWEST]), await seconds(url, list(MODELS))
            ratios.append(together / alone)
            print(f"round {number + 1}: slowest alone {alone:.2f} s, eight together {together:.2f} s: {ratios[-1]:.2f}")
    return statistics.median(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    ratio = asyncio.run(measure(parser.parse_args().rounds))
    print(f"eight models / the slowest one: {ratio:.2f} (aim: at most {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
