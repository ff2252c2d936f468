"""The Zuplo project: what is asked for stands in its files, what cannot be is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import content, findings, made, settings, shell_errors

from mcp_server.answer import Answer
from mcp_server.errors import UsageError

URL = "https://claude-main-1a2b3c4.zuplo.app"
WISHES: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "deployed": {"gateway_url": URL, "models": ["claude-opus-5-5", "claude-haiku-5-5"]},
    "company tokens": {"gateway_url": URL, "goal": "zuplo with our Okta tokens", "auth": "helper", "token_env": "JWT"},
    "rate limit": {"gateway_url": URL, "goal": "zuplo, 120 requests per minute"},
    "bedrock": {"gateway_url": URL, "providers": ["bedrock"], "aws_region": "eu-west-1"},
    "litellm": {"gateway_url": URL, "goal": "zuplo before LiteLLM", "models": ["gemini-3.8-flash"]},
    "ai gateway": {"gateway_url": URL, "goal": "Zuplo AI Gateway", "token_env": "APP_KEY"},
}


def answer(name: str) -> Answer:
    return made(**{"gateway": "zuplo", **WISHES[name]})


def policies(one: Answer) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(content(one, "policies.json"))["policies"]
    return listed


@pytest.mark.parametrize("name", WISHES)
def test_our_own_checks_are_content_and_the_commands_are_shell(name: str, tmp_path: Path) -> None:
    one = answer(name)
    assert findings(one, tmp_path) == []
    assert shell_errors(one) == ""
    assert one.verdict == "unknown"


@pytest.mark.parametrize("name", [name for name in WISHES if name != "ai gateway"])
def test_every_route_of_claude_code_checks_the_person_before_anything_else(name: str) -> None:
    one = answer(name)
    paths = json.loads(content(one, "routes.oas.json"))["paths"]
    open_paths = {"/", "/healthz"}
    kinds = {p["name"]: p["policyType"] for p in policies(one)}
    for path, item in paths.items():
        for method in item.keys() - {"x-zuplo-path"}:
            route = item[method]["x-zuplo-route"]
            if path in open_paths:
                assert route["handler"]["export"] == "default"
            else:
                named = [kinds[n] for n in route["policies"]["inbound"]]
                assert named[0] in ("api-key-inbound", "open-id-jwt-auth-inbound")
                assert named[-2:] == ["remove-headers-inbound", "set-headers-inbound"]


def test_the_words_choose_the_policies() -> None:
    assert policies(answer("company tokens"))[0]["handler"]["options"]["issuer"] == "$env(OIDC_ISSUER)"
    limit = policies(answer("rate limit"))[1]["handler"]["options"]
    assert limit == {"rateLimitBy": "user", "requestsAllowed": 120, "timeWindowMinutes": 1}
    key = policies(answer("bedrock"))[-1]["handler"]["options"]["headers"][0]
    assert key["value"] == "Bearer $env(AWS_BEARER_TOKEN_BEDROCK)"


@pytest.mark.parametrize("name", [name for name in WISHES if name != "ai gateway"])
def test_every_variable_is_in_the_example(name: str) -> None:
    import re

    one = answer(name)
    used = re.findall(r"\$env\((\w+)\)|\$\{env\.(\w+)\}", content(one, "policies.json") + content(one, "oas.json"))
    named = {first or second for first, second in used}
    assert named == set(re.findall(r"(?m)^(\w+)=$", content(one, ".env.example")))


def test_clients_of_bedrock_speak_its_format_to_the_gateway() -> None:
    env = settings(answer("bedrock"))["env"]
    assert env["ANTHROPIC_BEDROCK_BASE_URL"] == URL
    assert (env["CLAUDE_CODE_SKIP_BEDROCK_AUTH"], env["ANTHROPIC_BASE_URL"]) == ("1", "")


def test_the_ai_gateway_has_no_files_but_the_clients() -> None:
    one = answer("ai gateway")
    assert [f.language for f in one.config] == ["json", "shell"]
    assert "APP_KEY" in content(one, "start Claude Code")


def test_other_models_than_claude_are_named_unsupported() -> None:
    assert "not supported by Anthropic" in answer("litellm").context[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"routing": "least-busy"}, "no use with Zuplo"),
        ({"deployment": "docker"}, "no use with Zuplo"),
        ({"auth": "oauth"}, "claude.ai logins"),
        ({"auth": "api-key"}, "not from x-api-key"),
        ({"vertex_project": "my-project-1"}, "tokens live for an hour"),
        ({"goal": "the Zuplo AI Gateway"}, "address of your Zuplo AI Gateway"),
        ({"gateway_url": f"{URL}/claude"}, "has a path"),
        ({"providers": ["bedrock", "vertex"]}, "several providers"),
    ],
)
def test_what_cannot_be_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(gateway="zuplo", **arguments)
    assert said in f"{caught.value.problem} {caught.value.fix}"
