"""Generated LiteLLM set-ups on the real LiteLLM in front of all emulators, and the real client with their settings."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from client_conversation import Turn, converse
from redis_server import redis
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_server.answer import Answer
from mcp_server.catalogue.models import models
from mcp_server.generate.build import generate
from mcp_server.generate.spec import MASTER_KEY_VARIABLE, LaboratoryEndpoint, parse_request
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.http import request
from mcp_server.net.ports import free_port
from mcp_server.net.route import NetFailure, Route
from mcp_server.run.litellm import OFFLINE
from mcp_server.run.programs import claude_code, litellm_extras, litellm_python

TODAY = date(2026, 11, 25)
PROJECT = "my-project-1"
#: The proxy of the matrix; ``watch`` stands in for it.
PROXY = "proxy.example.com:3128"
FORKS = Path(__file__).with_name("litellm_forks.py")
READY_SECONDS = 120
_REGION = re.compile(rb"Credential=[^/]+/\d+/([^/]+)/")


@dataclass(frozen=True)
class Served:
    """A set-up that is running."""

    answer: Answer
    url: str
    log: Path
    key: str = field(repr=False)
    proxy: str
    """Address of a proxy that lets nothing through."""
    strayed: list[str]
    """What that proxy was asked for: whatever did not go to the gateway."""

    @property
    def client(self) -> dict[str, Any]:
        """The generated settings file of Claude Code."""
        data: dict[str, Any] = json.loads(self._settings.content)
        return data

    @property
    def models(self) -> list[str]:
        """The model of each tier, the main one first, each once."""
        names = self.client["env"]
        tiers = [names[f"ANTHROPIC_DEFAULT_{tier}_MODEL"] for tier in ("OPUS", "SONNET", "HAIKU")]
        return list(dict.fromkeys([names["ANTHROPIC_MODEL"], *tiers]))

    @property
    def all_models(self) -> list[str]:
        """Every model that the gateway's file offers, the client's own first."""
        names = re.findall(r"(?m)^ *- model_name: (\S+)$", self.answer.config[0].content)
        return list(dict.fromkeys([*self.models, *(name for name in names if name in models())]))

    @property
    def _settings(self) -> Any:
        return next(f for f in self.answer.config if f.path.endswith("settings.json") or "settings.local" in f.path)

    def install(self, home: Path, project: Path, form: str) -> tuple[list[str], dict[str, str], list[str]]:
        """Puts Claude Code's side where the answer says: (command, variables, options) of the client.

        ``form``: ``settings`` (the file, and the key where it belongs) or ``exports`` (the commands, no file).
        """
        file, auth = self._settings, "apiKeyHelper" in self.client
        keys = home / ".config/llm-gateway/litellm.key"
        keys.parent.mkdir(parents=True)
        keys.write_text(self.key, encoding="utf-8")
        program = home / "bin"
        program.mkdir()
        (program / "claude").symlink_to(claude_code(form.partition(" ")[2] or None))
        variables = {
            "PATH": f"{program}:{os.environ.get('PATH', os.defpath)}",
            "PROXY_LOGIN": "ada:word",
            "HTTPS_PROXY": self.proxy,
            "NO_PROXY": "127.0.0.1",
        }
        if form.startswith("exports"):
            script = next(f.content for f in self.answer.config if f.path == "shell: start Claude Code")
            assert script.endswith("\nclaude\n")
            return ["bash", "-euc", f'{script.removesuffix("claude" + chr(10))}exec claude "$@"', "sh"], variables, []
        if not auth:
            cleared = self.client["env"]
            name = next(n for n in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY") if n not in cleared)
            variables[name] = self.key
            if any(
                f.id == "secret_exposed" and f.where and f.where.key == "ANTHROPIC_BASE_URL"
                for f in self.answer.findings
            ):
                variables["ANTHROPIC_BASE_URL"] = self.url  # as the finding says
        options: list[str] = []
        if file.path.startswith("~/"):
            place = home / file.path.removeprefix("~/")
        elif file.path.startswith("/"):  # of the whole machine: given to this one client instead
            place = home / Path(file.path).name
            options = ["--settings", str(place)]
        else:
            place = project / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.content, encoding="utf-8")
        return ["claude"], variables, options


@dataclass
class Bench:
    """What all set-ups share: the emulators, LiteLLM imported once, a Redis."""

    folder: Path
    endpoint: LaboratoryEndpoint
    environment: Mapping[str, str] = field(repr=False)
    forks: asyncio.subprocess.Process
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def serve(self, arguments: Mapping[str, Any], name: str) -> AsyncIterator[Served]:
        """The set-up on a port of its own, which it is told as its address.

        Raises:
            AssertionError: LiteLLM does not start with the generated file.
        """
        async with watch() as (proxy, strayed):
            place = urlsplit(proxy).netloc
            asked = {**arguments, "proxy_url": arguments.get("proxy_url", "").replace(PROXY, place)}
            async with self._serve(asked, name, proxy, strayed) as served:
                yield served

    @asynccontextmanager
    async def _serve(
        self, arguments: Mapping[str, Any], name: str, proxy: str, strayed: list[str]
    ) -> AsyncIterator[Served]:
        folder, port = self.folder / name, free_port()
        folder.mkdir()
        url = f"http://127.0.0.1:{port}"
        answer = generate(parse_request({**arguments, "gateway_url": url}), TODAY, self.endpoint)
        config, log = folder / "litellm-config.yaml", folder / "litellm.log"
        config.write_text(answer.config[0].content, encoding="utf-8")
        key = f"sk-laboratory-{secrets.token_hex(12)}"
        variables = {**self.environment, MASTER_KEY_VARIABLE: key}
        job = {"config": str(config), "port": port, "environment": variables, "log": str(log)}
        pid = await self._ask(job)
        try:
            await _ready(url, log)
            yield Served(answer, url, log, key, proxy, strayed)
        finally:
            await self._ask({"stop": pid})

    async def _ask(self, job: Mapping[str, Any]) -> int:
        assert self.forks.stdin is not None
        assert self.forks.stdout is not None
        async with self._turn:
            self.forks.stdin.write(json.dumps(job).encode() + b"\n")
            await self.forks.stdin.drain()
            line = await self.forks.stdout.readline()
        assert line, "the process that starts LiteLLM has ended"
        return int(json.loads(line)["pid"])

    async def talk(self, served: Served, model: str, form: str, name: str) -> list[str]:
        """Text, stream and a tool round trip with ``model``: what went wrong, empty when nothing did.

        ``form``: how the client gets its settings, and its version. A model that cannot call tools has to say so.
        """
        folder = self.folder / name
        home, project = folder / "home", folder / "project"
        home.mkdir(parents=True)
        project.mkdir()
        word, secret = f"word-{secrets.token_hex(4)}", f"word-{secrets.token_hex(6)}"
        (project / "note.txt").write_text(secret, encoding="utf-8")
        call = json.dumps({"file_path": str(project / "note.txt")})
        prompts = [
            f"Answer with exactly: {word} and some more words to be streamed in several pieces",
            f'Call the tool "Read" once, with exactly this JSON as its input: {call}',
        ]
        start, variables, options = served.install(home, project, form)
        try:
            turns = await converse(
                start,
                prompts,
                home=home,
                project=project,
                environment=variables,
                options=[*options, "--model", model],
            )
        except (TimeoutError, asyncio.TimeoutError):
            return ["no answer in time"]
        said = [
            line[-300:]
            for line in (home / "client.log").read_text(encoding="utf-8", errors="replace").splitlines()
            if "NODE_EXTRA_CA_CERTS" not in line and "extra certs" not in line
        ]
        if len(turns) < 2:
            return [f"the client ended after {len(turns)} answers: {said} {[t.text[:300] for t in turns]}"]
        return complaints(turns, word, secret, models()[model].tool_use)


def complaints(turns: list[Turn], word: str, secret: str, tool_use: bool) -> list[str]:
    """What is wrong with the two answers."""
    text, tool = turns
    found = []
    if text.is_error or word not in text.text:
        found.append(f"no text: {text.text[:300]}")
    elif text.pieces < 2:
        found.append(f"the text came in {text.pieces} pieces")
    if tool_use and (tool.is_error or secret not in tool.text or "Read" not in tool.tools):
        found.append(f"no tool round trip: {tool.text[:300]}")
    if not tool_use and secret in tool.text:
        found.append("a model without tool use called a tool")
    return found


class Regions:
    """Bedrock in every region at one address: the one that a request is signed for answers."""

    def __init__(self) -> None:
        self._emulators: dict[str, BedrockEmulator] = {}
        self._first = BedrockEmulator()

    @property
    def environment(self) -> dict[str, str]:
        return self._first.environment

    def _in(self, region: str) -> ASGIApp:
        if region not in self._emulators:
            made = BedrockEmulator(region)
            made._signer = dataclasses.replace(self._first._signer, region=region)
            self._emulators[region] = made
        return self._emulators[region]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        signed = _REGION.search(dict(scope["headers"]).get(b"authorization", b""))
        await self._in(signed[1].decode() if signed else "us-east-1")(scope, receive, send)


def _anthropic(key: str) -> AnthropicEmulator:
    """Anthropic's API with the models of the catalogue and no others."""
    names = [m.elsewhere["anthropic"] for m in models().values() if "anthropic" in m.providers]
    return AnthropicEmulator(credential=key, models=names, strict_models=True)


@asynccontextmanager
async def watch() -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy on loopback that refuses everything: its address, and the first lines of what it was asked."""
    asked: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append((await reader.readline()).decode("latin-1").strip())
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", asked


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """Everything that the set-ups of the matrix need, for the duration of the block."""
    google, aws, provider_key = VertexEmulator(PROJECT), Regions(), secrets.token_hex(12)
    with ExitStack() as stack:
        vertex = stack.enter_context(running(google))
        endpoint = LaboratoryEndpoint(
            api_base=vertex,
            vertex_credentials=str(google.identity.service_account(folder, f"{vertex}/token")),
            bedrock=stack.enter_context(running(aws)),
            anthropic=stack.enter_context(running(_anthropic(provider_key))),
        )
        password = secrets.token_hex(12)
        port = stack.enter_context(redis(folder, password))
        environment = {
            **aws.environment,
            "ANTHROPIC_API_KEY": provider_key,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(port),
            "REDIS_PASSWORD": password,
            "OTEL_EXPORTER": "in_memory",
            **dict.fromkeys(("SLACK_WEBHOOK_URL", "MS_TEAMS_WEBHOOK_URL", "WEBHOOK_URL"), "http://127.0.0.1:9/"),
        }
        path = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "PYTHONPATH": str(litellm_extras())}
        with (folder / "forks.log").open("wb") as errors:
            forks = await asyncio.create_subprocess_exec(
                *(str(litellm_python()), str(FORKS)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**path, **OFFLINE, "LITELLM_LOG": "ERROR"},
            )
        try:
            assert forks.stdout is not None
            await asyncio.wait_for(forks.stdout.readline(), READY_SECONDS)
            yield Bench(folder, endpoint, environment, forks)
        finally:
            assert forks.stdin is not None
            forks.stdin.close()
            try:
                await asyncio.wait_for(forks.wait(), 10)
            except asyncio.TimeoutError:
                forks.kill()
                await forks.wait()


async def _ready(url: str, log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            if (await request(Route(url, timeout=2), "GET", "/health/readiness", headers={})).status == 200:
                return
        except NetFailure:
            pass
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        assert "Application startup failed" not in text, text[-400:]
        await asyncio.sleep(0.1)
    raise AssertionError(f"LiteLLM was not ready within {READY_SECONDS} s: {log}")
