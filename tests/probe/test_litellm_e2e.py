"""The real LiteLLM in front of strict emulators: healthy set-ups are green, each fault has its layer and id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import yaml

from mcp_server.answer import Answer
from mcp_server.catalogue.load import causes
from mcp_server.catalogue.models import models
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.operations import test_model as operation
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import litellm_python
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

KEY = "sk-gateway-key-of-the-tests"
PROVIDER_KEY = "sk-provider-key-of-the-tests"
PROJECT = "probe-project"
RETIRED = "gpt-oss-20b"
CLAUDE = "claude-opus-5-5"


@dataclass
class Stack:
    url: str
    vertex: VertexEmulator
    claude: AnthropicEmulator
    snapshot: Snapshot

    async def test(self, model: str, **more: Any) -> Answer:
        return await operation.run(model=model, **{"snapshot": self.snapshot, **more})


def vertex_deployment(name: str, id_: str, **changes: Any) -> dict[str, Any]:
    model = models()[id_]
    place = {"vertex_project": PROJECT, "vertex_location": model.default_location}
    params = {"model": model.litellm_model, **place, **model.litellm_params, **changes}
    return {"model_name": name, "litellm_params": {key: value for key, value in params.items() if value is not None}}


def claude_deployment(name: str, **changes: Any) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": f"anthropic/{CLAUDE}", "api_key": PROVIDER_KEY, **changes}}


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("litellm")
    vertex = VertexEmulator(PROJECT, retired=[models()[RETIRED].upstream_model])
    claude = AnthropicEmulator(credential=PROVIDER_KEY)
    with running(vertex) as google, running(claude) as provider:
        key_file = str(vertex.identity.service_account(folder, f"{google}/token"))
        on_google = [
            *(vertex_deployment(id_, id_) for id_ in ("gemini-2.5-pro", "codestral", "qwen3-235b", RETIRED)),
            vertex_deployment("tools-dropped", "codestral", allowed_openai_params=None),
            vertex_deployment("unlabelled", "gemini-2.5-pro", labels=None),
            vertex_deployment("foreign-project", "gemini-2.5-pro", vertex_project="someone-else"),
            vertex_deployment("no-credentials", "gemini-2.5-pro", vertex_credentials=str(folder / "missing.json")),
        ]
        for each in on_google:
            each["litellm_params"] = {"vertex_credentials": key_file, **each["litellm_params"], "api_base": google}
        on_claude = [
            claude_deployment(CLAUDE, api_base=provider),
            claude_deployment("wrong-provider-key", api_base=provider, api_key="sk-revoked-at-the-provider"),
            claude_deployment("dead-provider", api_base="http://127.0.0.1:9"),
        ]
        settings = {
            name: value for id_ in ("gemini-2.5-pro", "codestral") for name, value in models()[id_].requires.items()
        }
        config = {
            "model_list": on_google + on_claude,
            "litellm_settings": {"drop_params": True, **settings},
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": KEY},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        started = litellm_gateway(litellm_python(), folder / "config.yaml", environment={}, log=folder / "log")
        async with started as gateway:
            shell = {"ANTHROPIC_BASE_URL": gateway.base_url, "ANTHROPIC_AUTH_TOKEN": KEY, "ENABLE_TOOL_SEARCH": "false"}
            yield Stack(gateway.base_url, vertex, claude, Snapshot(shell=shell, client_version="2.1.330"))


@pytest.mark.parametrize("version", ["2.1.330", "2.1.197"])
@pytest.mark.parametrize("model", ["gemini-2.5-pro", "codestral", CLAUDE])
async def test_a_model_with_tools_passes_the_full_level(stack: Stack, model: str, version: str) -> None:
    answer = await stack.test(model, snapshot=replace(stack.snapshot, client_version=version))
    assert answer.verdict == "ok", [(f.id, f.problem) for f in answer.findings]
    row = next(check for check in answer.verification if check.title == model)
    assert "tool round trip ok" in row.detail
    assert "usage" in row.detail


async def test_the_change_that_is_named_for_an_output_limit_cures_it(stack: Stack) -> None:
    refused = await stack.test("qwen3-235b")
    assert refused.findings[0].id == "max_tokens_exceeds_model"
    assert "CLAUDE_CODE_MAX_OUTPUT_TOKENS" in refused.findings[0].fix
    shell = {**stack.snapshot.shell, "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(models()["qwen3-235b"].max_output)}
    cured = await stack.test("qwen3-235b", snapshot=replace(stack.snapshot, shell=shell))
    assert cured.verdict == "ok", [(f.id, f.problem) for f in cured.findings]


async def test_what_reached_the_provider_is_of_the_clients_size(stack: Stack) -> None:
    stack.claude.forget()
    await stack.test(CLAUDE)
    sizes = [len(str(call.body)) for call in stack.claude.requests if call.path == "/v1/messages"]
    assert max(sizes) > 60_000


async def test_several_models_are_tested_in_one_run_in_the_order_asked(stack: Stack) -> None:
    names = ["gemini-2.5-pro", "codestral", CLAUDE]
    answer = await operation.run(models=names, snapshot=stack.snapshot)
    assert answer.verdict == "ok"
    assert [c.title for c in answer.verification if c.title in names] == names


@pytest.mark.parametrize(
    ("model", "cause"),
    [
        ("tools-dropped", "model_lacks_tool_use"),
        ("unlabelled", "body_field_rejected"),
        ("foreign-project", "gcp_iam_permission_denied"),
        ("no-credentials", "gcp_credential_file_invalid"),
        (RETIRED, "model_retired"),
        ("wrong-provider-key", "gateway_upstream_credential_missing"),
        ("dead-provider", "upstream_overloaded"),
        ("claude-not-there", "gateway_model_not_mapped"),
    ],
)
async def test_a_fault_behind_litellm_has_its_id_and_a_change(stack: Stack, model: str, cause: str) -> None:
    answer = await stack.test(model)
    assert answer.verdict == "errors"
    assert answer.findings[0].id == cause, answer.findings[0].problem
    assert model in answer.findings[0].problem


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, "gateway_upstream_credential_missing"),
        (403, "gateway_upstream_credential_missing"),
        (413, "request_body_too_large"),
        (429, "upstream_rate_limited"),
        (500, "upstream_overloaded"),
        (529, "upstream_overloaded"),
    ],
)
async def test_an_error_of_the_provider_is_not_blamed_on_the_clients_key(stack: Stack, status: int, cause: str) -> None:
    # A refusal that does not pass is asked once, one that may pass three times: nothing is left for the next test.
    stack.claude.fault(None, status, times=3 if status in (429, 500, 529) else 1)
    answer = await stack.test(CLAUDE, level="message")
    assert answer.verdict == "errors"
    assert answer.findings[0].id == cause
    assert causes()[cause].layer != "gateway_auth"


@pytest.mark.parametrize("status", [429, 529])
async def test_a_provider_that_recovers_leaves_a_warning(stack: Stack, status: int) -> None:
    stack.claude.fault(None, status)
    answer = await stack.test(CLAUDE, level="message")
    assert answer.verdict == "warnings"


async def test_a_wrong_and_a_missing_key_are_told_apart(stack: Stack) -> None:
    shell = dict(stack.snapshot.shell)
    wrong = replace(stack.snapshot, shell={**shell, "ANTHROPIC_AUTH_TOKEN": "sk-of-another-gateway"})
    del shell["ANTHROPIC_AUTH_TOKEN"]
    missing = replace(stack.snapshot, shell=shell)
    found = [(await stack.test(CLAUDE, snapshot=s)).findings[0].id for s in (wrong, missing)]
    assert found == ["litellm_key_not_found", "gateway_key_missing"]


async def test_the_free_levels_reach_no_provider(stack: Stack) -> None:
    stack.claude.forget()
    stack.vertex.forget()
    for level in ("status", "health"):
        answer = await stack.test("gemini-2.5-pro", level=level)
        assert answer.verdict == "ok", answer.quick_answer
        assert "LiteLLM" in answer.quick_answer
    assert stack.claude.requests == []
    assert stack.vertex.requests == []


async def test_runs_at_the_same_time_do_not_disturb_each_other(stack: Stack) -> None:
    answers = await asyncio.gather(*(stack.test(CLAUDE) for _ in range(3)))
    assert [answer.verdict for answer in answers] == ["ok", "ok", "ok"]
