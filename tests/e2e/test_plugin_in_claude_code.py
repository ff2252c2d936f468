"""The plugin in the real Claude Code: loaded from a checkout and from a marketplace, called by a scripted model."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.run.programs import claude_code, newest_claude_code, versions

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent
VERSIONS = versions()["claude_code"]
WAYS = ("plugin-dir", "marketplace")
PREFIX = "mcp__plugin_llm-gateway_gateway__"
TOOLS = ("generate_config", "validate_config", "check_proxy", "test_model", "diagnose_auth", "apply_config")
Way = Literal["plugin-dir", "marketplace"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git would hand out, in a folder with spaces and umlauts: nothing untracked helps it."""
    copy = tmp_path_factory.mktemp("plugin") / "Käufers Kopie"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def data(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the server's environment, really built, with all dependencies."""
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-I", str(checkout / "plugin" / "launch.py"), "--check", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^server +llm-gateway \S+ answered in", done.stdout, re.MULTILINE)
    return folder


@dataclass
class Run:
    """What one ``claude -p`` printed, line by line."""

    events: list[dict[str, Any]]

    @property
    def init(self) -> dict[str, Any]:
        return next(e for e in self.events if e.get("subtype") == "init")

    @property
    def result(self) -> dict[str, Any]:
        return next(e for e in self.events if e.get("type") == "result")


@dataclass
class Client:
    """One version of Claude Code with a home of its own and the plugin in it."""

    version: str
    home: Path
    project: Path
    options: tuple[str, ...] = ()

    def run(self, *arguments: str, **more: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.home / ".claude"),
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "LLM_GATEWAY_PYTHON": sys.executable,
            # A busy machine must not decide this test; how long the client waits by itself is measured in
            # docs/decisions/0001-tool-loading.md.
            "CLAUDE_CODE_MCP_STARTUP_WAIT_MS": "25000",
            "MCP_CONNECTION_NONBLOCKING": "0",
            **more,
        }
        done = subprocess.run(
            [str(claude_code(self.version)), *arguments],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, prompt: str, base_url: str, *allowed: str) -> Run:
        arguments = ["-p", prompt, "--output-format", "stream-json", "--verbose", *self.options]
        if allowed:
            arguments += ["--allowedTools", ",".join(allowed)]
        out = self.run(*arguments, ANTHROPIC_BASE_URL=base_url, ANTHROPIC_AUTH_TOKEN="lab-token")
        return Run([json.loads(line) for line in out.splitlines() if line.startswith("{")])


def client_with_plugin(version: str, way: Way, checkout: Path, data: Path, folder: Path) -> Client:
    home, project = folder / "home", folder / "project"
    (home / ".claude" / "plugins" / "data").mkdir(parents=True)
    project.mkdir()
    origin = "inline" if way == "plugin-dir" else "llm-gateway"
    (home / ".claude" / "plugins" / "data" / f"llm-gateway-{origin}").symlink_to(data)
    client = Client(version, home, project)
    if way == "plugin-dir":
        client.options = ("--plugin-dir", str(checkout))
    else:
        client.run("plugin", "marketplace", "add", str(checkout))
        client.run("plugin", "install", "llm-gateway@llm-gateway")
    return client


@pytest.fixture(params=[(v, w) for v in VERSIONS for w in WAYS], ids=lambda p: f"{p[0]}-{p[1]}")
def client(request: pytest.FixtureRequest, checkout: Path, data: Path, tmp_path: Path) -> Client:
    version, way = request.param
    return client_with_plugin(version, way, checkout, data, tmp_path)


@pytest.fixture
def model() -> Iterator[tuple[AnthropicEmulator, str]]:
    emulator = AnthropicEmulator()
    with running(emulator) as url:
        yield emulator, url


def call(tool: str, arguments: dict[str, Any]) -> str:
    return f'Call the tool "{PREFIX}{tool}" once, with exactly this JSON as its input: {json.dumps(arguments)}'


def conversation(emulator: AnthropicEmulator) -> list[dict[str, Any]]:
    """The content blocks of the longest request: the whole conversation."""
    bodies = [r.body for r in emulator.requests if r.path == "/v1/messages" and r.body.get("tools")]
    longest = max(bodies, key=lambda body: len(body["messages"]))
    blocks: list[dict[str, Any]] = []
    for message in longest["messages"]:
        content = message["content"]
        blocks += [{"type": "text", "text": content}] if isinstance(content, str) else content
    return blocks


def answers(blocks: list[dict[str, Any]]) -> dict[str, tuple[str, bool]]:
    """Tool → (result as the model saw it, whether it is an error)."""
    names = {b["id"]: b["name"].removeprefix(PREFIX) for b in blocks if b["type"] == "tool_use"}
    found = {}
    for block in blocks:
        if block["type"] == "tool_result":
            content = block["content"]
            text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
            found[names[block["tool_use_id"]]] = (text, bool(block.get("is_error")))
    return found


def test_the_server_connects_and_offers_its_six_tools(client: Client, model: tuple[AnthropicEmulator, str]) -> None:
    init = client.ask("hello", model[1]).init
    assert [(s["name"], s["status"]) for s in init["mcp_servers"]] == [("plugin:llm-gateway:gateway", "connected")]
    assert {t for t in init["tools"] if t.startswith("mcp__")} == {PREFIX + tool for tool in TOOLS}
    assert "llm-gateway:gateway" in init["slash_commands"]
    assert {"llm-gateway:gateway-configuring", "llm-gateway:gateway-troubleshooting"} <= set(init["skills"])
    assert "llm-gateway:gateway-engineer" in init["agents"]


def test_gateway_calls_every_tool_and_the_answers_come_back(
    client: Client, model: tuple[AnthropicEmulator, str]
) -> None:
    emulator, url = model
    wishes: dict[str, dict[str, Any]] = {
        "generate_config": {"models": ["codestral"], "vertex_project": "demo-project"},
        "validate_config": {"content": "model_list: []\n", "kind": "litellm"},
        "check_proxy": {"targets": [url]},
        "test_model": {"base_url": url, "level": "status"},
        "diagnose_auth": {"symptom": "API Error: 401 invalid x-api-key", "provider": "gateway"},
        "apply_config": {"action": "apply", "generated": ["gateway=portkey", "scope=local"]},
    }
    prompt = "/gateway " + " Then: ".join(call(tool, arguments) for tool, arguments in wishes.items())
    run = client.ask(prompt, url, PREFIX + "test_model", PREFIX + "apply_config")
    blocks = conversation(emulator)

    # The literal /gateway was expanded, with the user's words and the plugin's folder in their places.
    text = "\n".join(b["text"] for b in blocks if b["type"] == "text")
    assert "Never invent configuration" in text
    assert "$ARGUMENTS" not in text
    assert "${CLAUDE_PLUGIN" not in text
    assert re.search(r'python3 -I "/\S.*/plugin/launch\.py" --check "/\S.*/plugins/data/llm-gateway-', text)

    seen = answers(blocks)
    assert set(TOOLS) <= set(seen), run.result
    for tool in TOOLS:
        result, is_error = seen[tool]
        assert not is_error, (tool, result)
        answer = json.loads(result)  # the model sees the structured content, and nothing else
        assert answer["verdict"] in ("ok", "warnings", "errors", "unknown")
        assert answer["quick_answer"]
    assert json.loads(seen["generate_config"][0])["config"]
    assert "codestral" in seen["generate_config"][0]
    assert json.loads(seen["diagnose_auth"][0])["findings"]
    assert run.result["is_error"] is False
    # Allowed by name, but ``-p`` closes every question unanswered: a permission is no consent.
    assert json.loads(seen["apply_config"][0])["quick_answer"].startswith(
        "Nothing was written: the question was closed"
    )
    assert not (client.project / ".claude").exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_from_a_git_marketplace_it_runs_from_the_clients_own_copy(
    version: str, checkout: Path, tmp_path: Path, model: tuple[AnthropicEmulator, str]
) -> None:
    source, home, project = tmp_path / "source", tmp_path / "home", tmp_path / "project"
    shutil.copytree(checkout, source)
    git = ["git", "-C", str(source), "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    (home / ".claude").mkdir(parents=True)
    project.mkdir()
    # Claude Code refuses file:// addresses; git may still be told to fetch from there.
    (home / ".gitconfig").write_text(
        f'[url "file://{source}"]\n\tinsteadOf = https://git.example.invalid/gateway.git\n'
    )
    client = Client(version, home, project)
    client.run("plugin", "marketplace", "add", "https://git.example.invalid/gateway.git")
    client.run("plugin", "install", "llm-gateway@llm-gateway")
    shutil.rmtree(source)

    (launcher,) = home.glob(".claude/plugins/cache/llm-gateway/llm-gateway/*/plugin/launch.py")
    data = home / ".claude" / "plugins" / "data" / "llm-gateway-llm-gateway"
    built = subprocess.run(
        [sys.executable, "-I", str(launcher), "--check", str(data)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    emulator, url = model
    run = client.ask("/gateway " + call("generate_config", {"models": ["codestral"]}), url)
    assert [(s["name"], s["status"]) for s in run.init["mcp_servers"]] == [("plugin:llm-gateway:gateway", "connected")]
    result, is_error = answers(conversation(emulator))["generate_config"]
    assert not is_error
    assert json.loads(result)["config"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("test_model", {"level": "status"}),
        ("apply_config", {"action": "apply", "generated": ["gateway=portkey", "scope=local"]}),
    ],
)
def test_the_tools_that_bill_or_write_are_not_allowed_by_the_command_itself(
    tool: str,
    arguments: dict[str, Any],
    version: str,
    checkout: Path,
    data: Path,
    tmp_path: Path,
    model: tuple[AnthropicEmulator, str],
) -> None:
    emulator, url = model
    client = client_with_plugin(version, "plugin-dir", checkout, data, tmp_path)
    client.ask("/gateway " + call(tool, arguments), url)
    result, is_error = answers(conversation(emulator))[tool]
    assert is_error
    assert "haven't granted" in result


@pytest.mark.parametrize("version", VERSIONS)
def test_a_foreign_project_cannot_replace_a_module_of_the_server(
    version: str, checkout: Path, data: Path, tmp_path: Path, model: tuple[AnthropicEmulator, str]
) -> None:
    emulator, url = model
    client = client_with_plugin(version, "plugin-dir", checkout, data, tmp_path)
    for name in ("mcp_server", "yaml", "mcp", "pydantic"):
        (client.project / name).mkdir()
        (client.project / name / "__init__.py").write_text("import os\nos._exit(99)\n")
    client.ask("/gateway " + call("validate_config", {"content": "model_list: []\n", "kind": "litellm"}), url)
    result, is_error = answers(conversation(emulator))["validate_config"]
    assert (is_error, "quick_answer" in json.loads(result)) == (False, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_agent_gets_the_tools_and_knows_where_the_launcher_is(
    version: str, checkout: Path, data: Path, tmp_path: Path, model: tuple[AnthropicEmulator, str]
) -> None:
    emulator, url = model
    client = client_with_plugin(version, "plugin-dir", checkout, data, tmp_path)
    client.options += ("--agent", "llm-gateway:gateway-engineer")
    client.ask(call("check_proxy", {"targets": [url]}), url, PREFIX + "check_proxy")
    body = next(r.body for r in emulator.requests if r.path == "/v1/messages" and r.body.get("tools"))
    system = json.dumps(body["system"], ensure_ascii=False)
    assert "You make Claude Code work through an LLM gateway" in system
    assert f"{checkout}/plugin/launch.py" in system
    assert "quick_answer" in answers(conversation(emulator))["check_proxy"][0]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_skill_tells_where_its_references_and_the_launcher_are(
    version: str, checkout: Path, data: Path, tmp_path: Path, model: tuple[AnthropicEmulator, str]
) -> None:
    emulator, url = model
    client = client_with_plugin(version, "plugin-dir", checkout, data, tmp_path)
    wish = json.dumps({"skill": "llm-gateway:gateway-troubleshooting"})
    client.ask(f'Call the tool "Skill" once, with exactly this JSON as its input: {wish}', url, "Skill")
    text = "\n".join(b["text"] for b in conversation(emulator) if b["type"] == "text")
    (base,) = re.findall(r"Base directory for this skill: (.+)", text)
    assert (Path(base.strip()) / "references" / "causes.md").is_file()
    assert f"{checkout}/plugin/launch.py" in text
    assert "${CLAUDE_PLUGIN" not in text


# ---- what the client itself says about the bundle --------------------------------------------------------------


def plain(version: str, folder: Path) -> Client:
    (folder / "project").mkdir()
    return Client(version, folder / "home", folder / "project")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("target", ["", ".claude-plugin/plugin.json", ".claude-plugin/marketplace.json"])
def test_strict_validation_has_nothing_to_report(version: str, target: str, checkout: Path, tmp_path: Path) -> None:
    out = plain(version, tmp_path).run("plugin", "validate", "--strict", str(checkout / target))
    assert "Validation passed" in out
    assert not re.search(r"[1-9]\d* (?:warning|error|problem)", out)


def test_the_directory_profile_has_no_finding(checkout: Path, tmp_path: Path) -> None:
    arguments = ("plugin", "validate", "--strict", "--profile", "directory", "--json", str(checkout))
    report = json.loads(plain(newest_claude_code(), tmp_path).run(*arguments))
    assert report["success"]
    assert report["directory"]["findings"] == []
    assert report["manifest"]["errors"] + report["manifest"]["warnings"] == []
    assert report["provides"]["commands"] == ["llm-gateway:gateway"]
    assert [server["name"] for server in report["provides"]["mcpServers"]] == ["gateway"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_plugin_costs_at_most_250_tokens_in_every_session(
    version: str, checkout: Path, data: Path, tmp_path: Path
) -> None:
    client = client_with_plugin(version, "marketplace", checkout, data, tmp_path)
    details = client.run("plugin", "details", "llm-gateway")
    (tokens,) = re.findall(r"Always-on:\s+~([\d,]+) tok", details)
    assert 0 < int(tokens.replace(",", "")) <= 250
    assert "gateway, gateway-configuring, gateway-troubleshooting" in details
