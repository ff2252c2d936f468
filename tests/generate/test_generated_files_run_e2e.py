"""The generated files in the real programs: LiteLLM boots with them, the real Claude Code works through them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from mcp_server.catalogue.claude_code import builtin_ids
from mcp_server.catalogue.models import EIGHT, models
from mcp_server.generate.build import generate
from mcp_server.generate.gateways.litellm.plan import default_models
from mcp_server.generate.spec import LaboratoryEndpoint, parse_request
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.ports import free_port
from mcp_server.run.claude import Reply, ask
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import claude_code, litellm_python, versions

pytestmark = pytest.mark.e2e

TODAY = date(2026, 11, 25)
KEY = "sk-laboratory-0123456789"
CLIENT_AGENT = "claude-cli/2.1.330 (external, sdk-cli)"
READ = {
    "name": "Read",
    "description": "reads",
    "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]},
}
CALL_READ = 'Call the tool "Read" once, with exactly this JSON as its input: {"file_path": "note.txt"}'


@dataclass
class Setup:
    """A running gateway on generated files."""

    url: str
    emulator: VertexEmulator
    settings: dict[str, Any]
    names: list[str]

    def post(self, model: str, **body: Any) -> httpx.Response:
        content = {"max_tokens": 128_000, "messages": [{"role": "user", "content": CALL_READ}], **body}
        return httpx.post(
            f"{self.url}/v1/messages?beta=true",
            json={"model": model, **content},
            headers={"authorization": f"Bearer {KEY}", "user-agent": CLIENT_AGENT, "anthropic-version": "2023-06-01"},
            timeout=60,
            trust_env=False,
        )

    def listed(self, agent: str) -> list[dict[str, Any]]:
        headers = {"authorization": f"Bearer {KEY}", "user-agent": agent, "anthropic-version": "2023-06-01"}
        answer = httpx.get(f"{self.url}/v1/models?limit=1000", headers=headers, trust_env=False)
        return list(answer.json()["data"])


@contextmanager
def started(folder: Path, **arguments: Any) -> Iterator[Setup]:
    emulator = VertexEmulator("laboratory")
    port = free_port()
    with running(emulator) as provider, start_blocking_portal() as portal:
        account = emulator.identity.service_account(folder, f"{provider}/token")
        request = parse_request(
            {"vertex_project": "laboratory", "gateway_url": f"http://127.0.0.1:{port}", **arguments}
        )
        answer = generate(request, TODAY, LaboratoryEndpoint(provider, str(account)))
        config = folder / "litellm-config.yaml"
        config.write_text(answer.config[0].content, encoding="utf-8")
        settings = json.loads(next(f.content for f in answer.config if f.language == "json"))
        gateway = litellm_gateway(
            litellm_python(), config, environment={"LITELLM_MASTER_KEY": KEY}, log=folder / "litellm.log", port=port
        )
        with portal.wrap_async_context_manager(gateway) as up:
            yield Setup(up.base_url, emulator, settings, list(arguments["models"]))


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    with started(tmp_path_factory.mktemp("eight"), models=list(EIGHT)) as setup:
        yield setup


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    with started(
        tmp_path_factory.mktemp("living"), models=default_models(TODAY), fallbacks=["gemini-3.5-flash", "glm-5.2"]
    ) as setup:
        yield setup


@pytest.fixture(params=["eight", "living"])
def setup(request: pytest.FixtureRequest) -> Setup:
    chosen: Setup = request.getfixturevalue(request.param)
    chosen.emulator.forget()
    return chosen


def test_every_model_is_listed_by_its_name_and_no_alias_is(setup: Setup) -> None:
    assert {m["id"] for m in setup.listed("curl/8")} == set(setup.names)


@pytest.mark.parametrize("version", ["2.1.330", "2.1.197"])
def test_claude_code_is_offered_every_model_under_an_id_its_picker_keeps(setup: Setup, version: str) -> None:
    listed = setup.listed(f"claude-code/{version}")
    ids = [m["id"].removesuffix("[1m]") for m in listed]
    assert {bytes.fromhex(i.removeprefix("claude-router-")).decode() for i in ids} == set(setup.names)
    assert {m["display_name"] for m in listed} == {models()[name].title for name in setup.names}


def test_every_model_answers_with_a_streamed_tool_call_within_its_own_limits(setup: Setup) -> None:
    # The emulator refuses max_tokens above the model's limit and tools where the model has none to call.
    for name in setup.names:
        answer = setup.post(name, stream=True, tools=[READ], thinking={"type": "adaptive"})
        assert answer.status_code == 200, f"{name}: {answer.text[:300]}"
        assert ('"tool_use"' in answer.text) is models()[name].tool_use, name


def test_every_id_that_claude_code_calls_by_itself_is_answered(setup: Setup) -> None:
    statuses = {name: setup.post(name).status_code for name in builtin_ids()}
    assert set(statuses.values()) == {200}, statuses
    unknown = setup.post("claude-opus-0-0")
    assert unknown.status_code == 400
    assert "Invalid model name" in unknown.text


def test_an_id_from_the_picker_reaches_its_model(setup: Setup) -> None:
    name = setup.names[-1]
    assert setup.post(f"claude-router-{name.encode().hex()}").status_code == 200
    assert setup.emulator.requests[-1].model == models()[name].upstream_model


def test_gemini_gets_no_label_that_google_would_refuse_and_no_cache_call(eight: Setup) -> None:
    eight.emulator.forget()
    marked = [
        {"role": "user", "content": [{"type": "text", "text": "x" * 20_000, "cache_control": {"type": "ephemeral"}}]}
    ]
    answer = eight.post("gemini-2.5-pro", metadata={"user_id": "x" * 150}, messages=marked)
    assert answer.status_code == 200, answer.text[:300]
    calls = [r for r in eight.emulator.requests if r.path != "/token"]
    assert [r.body["labels"] for r in calls] == [{"app": "claude-code"}]


@pytest.mark.parametrize("name", ["gemini-3.8-flash", "claude-opus-5-5"])
def test_a_failing_model_falls_back_in_the_order_asked_for(living: Setup, name: str) -> None:
    living.emulator.forget()
    for broken in ("gemini-3.8-flash", "gemini-3.5-flash"):
        living.emulator.fault(model=broken, status=503, times=1)
    answer = living.post(name)
    assert answer.status_code == 200, answer.text[:300]
    tried = [r.model for r in living.emulator.requests if r.model]
    assert tried == ["gemini-3.8-flash", "gemini-3.5-flash", models()["glm-5.2"].upstream_model]


def run_claude(setup: Setup, version: str, folder: Path, options: tuple[str, ...] = ()) -> Reply:
    """The real client with the generated settings file as the user's own, and the key where the commands put it."""
    home, project = folder / "home", folder / "project"
    key_file = home / ".config/llm-gateway/litellm.key"
    key_file.parent.mkdir(parents=True)
    key_file.write_text(KEY + "\n", encoding="utf-8")
    project.mkdir()
    (project / "note.txt").write_text("the number is 4711\n", encoding="utf-8")
    settings = home / ".claude/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(setup.settings), encoding="utf-8")
    path = json.dumps(str(project / "note.txt"))
    prompt = f'Call the tool "Read" once, with exactly this JSON as its input: {{"file_path": {path}}}'
    # Leftovers that the settings file must win over: another provider, the user's own Anthropic key.
    leftovers = {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "ANTHROPIC_API_KEY": "sk-ant-api03-leftover",
        "ANTHROPIC_AUTH_TOKEN": "x",
    }
    call = lambda: ask(  # noqa: E731
        claude_code(version), prompt, home=home, project=project, environment=leftovers, options=options
    )
    return anyio.run(call)


@pytest.mark.parametrize("version", versions()["claude_code"])
def test_the_real_client_reads_a_file_with_the_generated_settings(setup: Setup, version: str, tmp_path: Path) -> None:
    reply = run_claude(setup, version, tmp_path)
    assert "4711" in reply.text, reply.text
    main = models()[setup.settings["env"]["ANTHROPIC_MODEL"]]
    assert {r.model for r in setup.emulator.requests if r.model} == {main.upstream_model}


@pytest.mark.parametrize("version", versions()["claude_code"])
@pytest.mark.parametrize("tier", ["opus", "sonnet", "haiku", "fable"])
def test_each_tier_of_the_real_client_reaches_its_model(eight: Setup, version: str, tier: str, tmp_path: Path) -> None:
    eight.emulator.forget()
    reply = run_claude(eight, version, tmp_path, ("--model", tier))
    assert "4711" in reply.text, reply.text
    wanted = models()[eight.settings["env"][f"ANTHROPIC_DEFAULT_{tier.upper()}_MODEL"]]
    assert {r.model for r in eight.emulator.requests if r.model} == {wanted.upstream_model}


def test_the_picker_of_the_newest_client_holds_all_eight(eight: Setup, tmp_path: Path) -> None:
    run_claude(eight, versions()["claude_code"][0], tmp_path)
    cached = json.loads((tmp_path / "home/.claude/cache/gateway-models.json").read_text(encoding="utf-8"))
    assert {m["display_name"] for m in cached["models"]} == {models()[name].title for name in EIGHT}
