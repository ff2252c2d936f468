"""Takes one network of the table through check_proxy and the real Claude Code, before and after the cure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from network_lab import Lab
from proxy_parts import free_ports, started

from mcp_server.answer import Answer
from mcp_server.environment import snapshot
from mcp_server.errors import GatewayError
from mcp_server.operations import generate_config
from mcp_server.operations.check_proxy import run
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, newest_claude_code
from mcp_server.snapshot import Snapshot

TABLE: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("networks.yaml").read_text(encoding="utf-8"))
CLIENT_SECONDS = 60
PROMPT = "Say exactly: the network is open"


@dataclass
class Outcome:
    """What happened in one network."""

    network: str
    found: list[str] = field(default_factory=list)
    first: str = ""
    """Problem of the first finding."""
    document: str = ""
    """The whole answers, for the search after secrets."""
    seconds: float = 0.0
    client: str = ""
    """The client's own words before any cure."""
    answered: bool = False
    """Before the cure."""
    cured: bool = False
    after: str = ""
    """The client's own words after the cure."""
    config: str = ""


async def take_through(lab: Lab, network: Mapping[str, Any], folder: Path, tools: Path) -> Outcome:
    """The check, the client, the cure, the client again."""
    shell = {name: lab.fill(value) for name, value in network.get("shell", {}).items()}
    settings = {name: lab.fill(value) for name, value in network.get("settings", {}).items()}
    outcome = Outcome(network["id"])
    home = folder / "home"
    machine = _machine(home, shell, settings)
    targets = None
    if "also" in network:
        targets = [shell["ANTHROPIC_BASE_URL"], *(lab.fill(url) for url in network["also"])]
    begin = time.monotonic()
    answer = await run(targets, snapshot=machine)
    outcome.seconds = time.monotonic() - begin
    outcome.found = [f.id for f in answer.findings if f.severity == "error"]
    outcome.first = answer.findings[0].problem if answer.findings else ""
    outcome.document = answer.model_dump_json()
    outcome.answered, outcome.client = await _client(home, shell, settings)
    if "cause" not in network or "incurable" in network:
        return outcome
    if "arguments" in network:
        arguments = {name: lab.fill(value) for name, value in network["arguments"].items()}
        answer = await run(snapshot=machine, **arguments)
        outcome.document += answer.model_dump_json()
    outcome.config = "\n".join(f"# {f.path}\n{f.content}" for f in answer.config)
    with _applied(answer, lab, network, folder, tools) as env:
        outcome.cured, outcome.after = await _client(home, shell, {**settings, **env})
    return outcome


def _machine(home: Path, shell: Mapping[str, str], settings: Mapping[str, str]) -> Snapshot:
    project = home / "project"
    for place in (home / ".claude", project):
        place.mkdir(parents=True, exist_ok=True)
    (home / ".claude" / "settings.json").write_text(json.dumps({"env": dict(settings)}), encoding="utf-8")
    machine = snapshot(shell=dict(shell), home=home, project=project, run_claude=False)
    return Snapshot(
        machine.shell, machine.settings_files, machine.home, machine.project, newest_claude_code(),
        program_files=machine.program_files, paths=machine.paths,
    )  # fmt: skip


async def _client(home: Path, shell: Mapping[str, str], settings: Mapping[str, str]) -> tuple[bool, str]:
    """Did the real client answer, and what did it say?"""
    (home / ".claude" / "settings.json").write_text(json.dumps({"env": dict(settings)}), encoding="utf-8")
    environment = {"ANTHROPIC_AUTH_TOKEN": "sk-test-token", "API_TIMEOUT_MS": "6000", **shell}
    try:
        reply = await ask(
            claude_code(),
            PROMPT,
            home=home,
            project=home / "project",
            environment=environment,
            options=("--model", "claude-opus-5-5"),
            seconds=CLIENT_SECONDS,
        )
    except GatewayError as failure:
        return False, failure.problem
    return not reply.is_error, " ".join(reply.text.split())


@contextlib.contextmanager
def _applied(
    answer: Answer, lab: Lab, network: Mapping[str, Any], folder: Path, tools: Path
) -> Iterator[dict[str, str]]:
    """The cure as a person applies it: settings merged, commands typed, placeholders replaced by the own values."""
    values = {name: lab.fill(value) for name, value in network.get("values", {}).items()}
    relay = str(free_ports(1)[0])

    def own(text: str) -> str:
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        return text.replace("127.0.0.1:3128", f"127.0.0.1:{relay}").replace("--port=3128", f"--port={relay}")

    env: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for file in answer.config:
            if file.path.endswith("settings.json"):
                block = json.loads(file.content)["env"]
                env = {name: own(value) for name, value in block.items()}
            elif file.path == "shell: make a PEM file":
                subprocess.run(["bash", "-euc", own(file.content)], check=True, capture_output=True)
            elif file.path == "shell: start the relay" and network.get("relay"):
                line = next(text for text in file.content.splitlines() if text.startswith("px "))
                command = [str(tools), "-m", "px", *shlex.split(own(line))[1:]]
                place = {"PATH": os.environ["PATH"], "HOME": str(folder), "PX_PASSWORD": "s3cret@!"}
                stack.enter_context(started(command, [int(relay)], folder / "px.log", place))
        yield env


@dataclass(frozen=True)
class Generated:
    """One set-up of generate_config and what the real client said to it."""

    answered: bool
    said: str
    content: str


async def generated(lab: Lab, folder: Path) -> dict[str, Generated]:
    """``proxy-only`` as written: by its settings file, and with a login by its shell lines."""
    shell = {"ANTHROPIC_BASE_URL": lab.fill("https://gateway.test:{tls}")}
    inspecting = {"proxy_url": "http://127.0.0.1:{squid_bump}", "ca_bundle": "{inspection_ca}"}
    asking = {"proxy_url": "http://${PROXY_LOGIN}@127.0.0.1:{squid_basic}", "ca_bundle": "{ca}"}
    found: dict[str, Generated] = {}
    for name, arguments in {"settings": inspecting, "shell": asking}.items():
        given = {key: lab.fill(value) for key, value in arguments.items()}
        files = {f.path: f.content for f in generate_config.run(gateway="proxy-only", **given).config}
        settings, environment = json.loads(files["~/.claude/settings.json"])["env"], shell
        if name == "shell":
            lines = files["shell: start Claude Code"].removesuffix("claude\n")
            login = {"PATH": os.environ["PATH"], "PROXY_LOGIN": "alice:s3cret%40%21"}
            command = ["bash", "-euc", f"{lines}env -0"]
            done = await asyncio.to_thread(subprocess.run, command, env=login, capture_output=True, check=True)
            exported = dict(part.partition("=")[::2] for part in done.stdout.decode().split("\0") if part)
            environment = {**{n: v for n, v in exported.items() if n not in ("PATH", "PWD", "_", "SHLVL")}, **shell}
            settings = {}
        home = folder / f"generated-{name}"
        (home / ".claude").mkdir(parents=True)
        (home / "project").mkdir()
        answered, said = await _client(home, environment, settings)
        found[name] = Generated(answered, said, "".join(files.values()))
    return found


async def all_networks(lab: Lab, folder: Path, tools: Path, only: str = "") -> list[Outcome]:
    """Every network, a few at a time."""
    gate = asyncio.Semaphore(3)

    async def one(index: int, network: Mapping[str, Any]) -> Outcome:
        async with gate:
            return await take_through(lab, network, folder / str(index), tools)

    chosen = [n for n in TABLE if only in n["id"]]
    return list(await asyncio.gather(*(one(index, network) for index, network in enumerate(chosen))))
