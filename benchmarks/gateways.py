"""What a gateway costs: time to the first event and to the last, direct, through LiteLLM, through ``claude gateway``.

All three end at the same emulator, asked in turn within one run, with a small message and with one of the client's own
size. Prints medians and their ratios to the direct way; machines are noisy, so only the ratios mean something.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.claude_gateway_stack import company_gateway
from mcp_server.lab.serve import running
from mcp_server.net.http import stream
from mcp_server.net.route import Route
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import litellm_python

MODEL = "claude-opus-5-5"
SIZES = {"small message": 100, "50 kB request": 50_000}


@dataclass
class Way:
    """One way to the emulator, and the seconds measured on it."""

    title: str
    base_url: str
    key: str = field(repr=False)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)

    async def ask(self, characters: int, *, count: bool = True) -> None:
        headers = {"authorization": f"Bearer {self.key}", "anthropic-version": "2023-06-01"}
        said = f"{'x' * characters}\nAnswer with exactly: {' '.join(map(str, range(40)))}"
        body = {"model": MODEL, "max_tokens": 1024, "stream": True, "messages": [{"role": "user", "content": said}]}
        reply = await stream(Route(self.base_url), "/v1/messages", headers=headers, json=body)
        if reply.status != 200 or reply.ended != "clean":
            raise SystemExit(f"{self.title} answered {reply.status}: {reply.body_head[:300].decode(errors='replace')}")
        if count:
            self.first.append(reply.events[0].at_seconds)
            self.last.append(reply.total_seconds)


async def measure(ways: list[Way], rounds: int) -> None:
    for title, characters in SIZES.items():
        for way in ways:
            way.first, way.last = [], []
            for _ in range(3):
                await way.ask(characters, count=False)
        for _ in range(rounds):
            for way in ways:
                await way.ask(characters)
        direct = ways[0]
        print(f"{title}, median of {rounds}:")
        for way in ways:
            first, last = statistics.median(way.first), statistics.median(way.last)
            ratios = (
                f"{first / statistics.median(direct.first):5.1f} × / {last / statistics.median(direct.last):5.1f} ×"
            )
            print(f"  {way.title:16} first event {first * 1000:6.1f} ms, last {last * 1000:6.1f} ms   {ratios}")


async def main(rounds: int = 40) -> None:
    emulator = AnthropicEmulator()
    master = f"sk-benchmark-{secrets.token_hex(12)}"
    with tempfile.TemporaryDirectory() as name, running(emulator) as url:
        folder = Path(name)
        config = folder / "litellm.yaml"
        target = {"model": f"anthropic/{MODEL}", "api_base": url, "api_key": "benchmark"}
        config.write_text(json.dumps({"model_list": [{"model_name": MODEL, "litellm_params": target}]}), "utf-8")
        environment = {"LITELLM_MASTER_KEY": master}
        async with (
            litellm_gateway(litellm_python(), config, environment=environment, log=folder / "log") as litellm,
            company_gateway(folder, emulators=[emulator]) as company,
        ):
            token = await company.sign_in()
            ways = [
                Way("direct", url, "benchmark"),
                Way("LiteLLM", litellm.base_url, master),
                Way("claude gateway", company.base_url, token),
            ]
            await measure(ways, rounds)


if __name__ == "__main__":
    asyncio.run(main())
