"""TrueFoundry: manifests that its SDK knows, and a client that asks a stand-in for the right path, token and names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_bench import content, findings, machine, made, reads_a_word, run_commands, settings, shell_errors
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.operations import test_model as operation
from mcp_server.run.programs import versions
from mcp_server.validate.kinds.truefoundry import data

URL = "https://llm.example.com/api/llm"
WISHES: dict[str, dict[str, Any]] = {
    "anthropic": {},
    "names that exist": {"models": ["anthropic-main/claude-opus-5-5", "anthropic-main/claude-haiku-5-5"]},
    "three providers": {"goal": "bedrock, then anthropic, then vertex", "aws_region": "eu-west-1"},
    "weights": {"providers": ["anthropic", "bedrock"], "routing": "weight-based"},
    "latency": {"providers": ["anthropic", "bedrock"], "routing": "latency-based", "models": ["claude-opus-5-5"]},
    "limits": {"goal": "60 requests per user per minute, $200 per user per month, guardrails, metadata team platform"},
    "subscription": {"auth": "oauth", "providers": ["anthropic"], "goal": "metadata team platform"},
    "helper": {"auth": "helper", "token_env": "MY_TFY_TOKEN"},
}


def answer(name: str) -> Answer:
    return made(**{"gateway": "truefoundry", "gateway_url": URL, **WISHES[name]})


def manifests(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(content(answer(name), "truefoundry.yaml")))


@pytest.mark.parametrize("name", WISHES)
def test_our_own_checks_are_content_and_the_commands_are_shell(name: str, tmp_path: Path) -> None:
    one = answer(name)
    assert findings(one, tmp_path) == []
    assert shell_errors(one) == ""
    assert one.verdict == "unknown"


@pytest.mark.parametrize("name", [n for n in WISHES if n != "names that exist"])
def test_every_manifest_is_of_a_type_that_the_sdk_has(name: str) -> None:
    assert {m["type"] for m in manifests(name)} <= set(data()["manifests"])


@pytest.mark.parametrize("name", [n for n in WISHES if n != "names that exist"])
def test_every_name_that_the_client_asks_for_is_one_of_the_manifests(name: str) -> None:
    known = {f"{m['name']}/{i['name']}" for m in manifests(name) if "integrations" in m for i in m["integrations"]}
    env = settings(answer(name))["env"]
    asked = {value for key, value in env.items() if key.endswith("_MODEL")}
    assert asked
    assert asked <= known


def test_several_providers_are_tried_in_the_order_of_the_words() -> None:
    listed = manifests("three providers")
    virtual = next(m for m in listed if m["type"] == "provider-account/virtual-model")
    targets = virtual["integrations"][0]["routing_config"]["load_balance_targets"]
    assert [t["target"].split("/")[0] for t in targets] == ["bedrock-main", "anthropic-main", "vertex-main"]
    assert [t["priority"] for t in targets] == [0, 1, 2]
    bedrock = next(m for m in listed if m["type"] == "provider-account/aws-bedrock")
    assert (bedrock["region"], bedrock["integrations"][0]["model_id"]) == ("eu-west-1", "eu.anthropic.claude-opus-5-5")
    assert settings(answer("three providers"))["env"]["ANTHROPIC_MODEL"] == "claude-code/claude-opus-5-5"


def test_weights_add_up_and_a_session_stays_with_its_provider() -> None:
    virtual = next(m for m in manifests("weights") if m["type"] == "provider-account/virtual-model")
    routing = virtual["integrations"][0]["routing_config"]
    assert sum(t["weight"] for t in routing["load_balance_targets"]) == 100
    assert routing["sticky_routing"]["session_identifiers"][0]["key"] == "x-claude-code-session-id"


def test_the_words_set_limits_for_each_person_and_guard_requests_only() -> None:
    kinds = {m["type"]: m for m in manifests("limits")}
    rate = kinds["gateway-rate-limiting-config"]["rules"][0]
    budget = kinds["gateway-budget-config"]["rules"][0]
    guard = kinds["gateway-guardrails-config"]["rules"][0]
    assert (rate["limit_to"], rate["unit"], rate["rate_limit_applies_per"]) == (60, "requests_per_minute", ["user"])
    assert (budget["limit_to"], budget["unit"], budget["budget_applies_per"]) == (200, "cost_per_month", ["user"])
    assert (guard["llm_input_guardrails"], guard["llm_output_guardrails"]) == (["claude-code-guardrails/secrets"], [])


def test_no_secret_can_stand_in_a_manifest_and_the_rest_is_filled_in(tmp_path: Path) -> None:
    one = answer("three providers")
    (tmp_path / "truefoundry.yaml").write_text(content(one, "truefoundry.yaml"), encoding="utf-8")
    values = {"TFY_TENANT": "acme", "BEDROCK_ROLE_ARN": "arn:aws:iam::1:role/x", "GOOGLE_CLOUD_PROJECT": "my-project-1"}
    stood_in = {"pip": "", "tfy": ""}
    run_commands(content(one, "apply the manifests"), tmp_path, values, **stood_in)
    ready = (tmp_path / "truefoundry.ready.yaml").read_text(encoding="utf-8")
    assert "${" not in ready
    keys = re.findall(r"(?:api_key|key_file_content|secret\w*): (.*)", ready)
    assert keys
    assert all(key.startswith("tfy-secret://acme:claude-code:") for key in keys)


def test_a_subscription_passes_and_the_gateways_token_comes_in_a_header() -> None:
    one = answer("subscription")
    script = content(one, "start Claude Code")
    assert "ANTHROPIC_CUSTOM_HEADERS" not in settings(one)["env"]
    assert 'X-TFY-API-KEY: $TFY_API_KEY\nX-TFY-METADATA: {\\"team\\": \\"platform\\"}"' in script
    account = manifests("subscription")[0]
    assert "auth_data" not in account
    assert any("terms" in note for note in one.context)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"gateway_url": ""}, "address of your TrueFoundry"),
        ({"auth": "api-key"}, "not as x-api-key"),
        ({"auth": "oauth", "providers": ["bedrock"]}, "only Anthropic's own API takes"),
        ({"fallbacks": ["claude-haiku-5-5"]}, "is not taken for TrueFoundry"),
        ({"routing": "latency-based"}, "there is only one"),
        ({"routing": "wieght-based", "providers": ["anthropic", "bedrock"]}, "Did you mean 'weight-based'"),
        ({"models": ["a/claude-opus-5-5", "claude-haiku-5-5"]}, "some do not"),
        ({"models": ["gemini-3.8-flash"]}, "Claude models only"),
        ({"aws_region": "us-east-1, us-west-2"}, "several regions"),
    ],
)
def test_what_cannot_be_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(**{"gateway": "truefoundry", "gateway_url": URL, **arguments})
    assert said in f"{caught.value.problem} {caught.value.fix}"


class StandIn:
    """Takes one token at /api/llm, and the names of the manifests; Anthropic's emulator answers."""

    def __init__(self, names: set[str], emulator: AnthropicEmulator) -> None:
        self.names, self.emulator = names, emulator
        self.refused: list[tuple[int, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        import json

        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        path = str(scope["path"])
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        model = str(json.loads(body).get("model", "")) if body else ""
        problem = (
            404 if not path.startswith("/api/llm/")
            else 401 if headers.get("authorization") != "Bearer the-token"
            else 404 if body and model not in self.names
            else 0
        )  # fmt: skip
        if problem and scope["method"] != "HEAD":
            self.refused.append((problem, f"{path} {model}"))
            await JSONResponse({"error": {"message": "refused"}}, problem)(scope, receive, send)
            return
        if body:
            changed = json.loads(body)
            changed["model"] = model.split("/")[-1]
            body = json.dumps(changed).encode()
        passed = [(k, v) for k, v in scope["headers"] if k != b"content-length"]
        passed.append((b"content-length", str(len(body)).encode()))
        inner = path.removeprefix("/api/llm") or "/"
        there = {**scope, "path": inner, "raw_path": inner.encode(), "headers": passed}
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Any:
            return next(sent, None) or await receive()

        await self.emulator(there, again, send)


@asynccontextmanager
async def stand_in(names: set[str]) -> AsyncIterator[tuple[str, StandIn]]:
    server = StandIn(names, AnthropicEmulator())
    with running(server) as url:
        yield url, server


@pytest.mark.e2e
@pytest.mark.anyio
@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_real_client_asks_for_the_path_the_token_and_the_names(version: str, tmp_path: Path) -> None:
    listed = manifests("three providers")
    names = {f"{m['name']}/{i['name']}" for m in listed if m["name"] == "claude-code" for i in m["integrations"]}
    async with stand_in(names) as (url, server):
        one = made(**{"gateway": "truefoundry", "gateway_url": url, **WISHES["three providers"]})
        said, word = await reads_a_word(one, tmp_path, version, ANTHROPIC_AUTH_TOKEN="the-token")
        refused = list(server.refused)
        told = await operation.run(snapshot=machine(one, version, ANTHROPIC_AUTH_TOKEN="the-token"))
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert refused == []
    assert (told.verdict, [f for f in told.findings if f.severity != "info"]) == ("ok", [])
