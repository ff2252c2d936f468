"""Anthropic's ``claude gateway``: what is asked for stands in its file, what cannot be is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_bench import content, findings, made, settings, shell_errors

from mcp_server.answer import Answer
from mcp_server.errors import UsageError

URL = "https://claude.example.com"
GATEWAY = "claude-apps-gateway"
WISHES: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "anthropic": {"gateway_url": URL},
    "everything": {
        "gateway_url": URL,
        "goal": "Bedrock, vertex and foundry, budgets, telemetry, group engineering, @example.com, from 10.0.0.0/8",
        "vertex_project": "my-project-1",
        "aws_region": "eu-west-1",
        "models": ["claude-opus-5-5", "claude-haiku-5-5"],
    },
    "platforms": {"gateway_url": f"{URL}:8443", "providers": ["anthropic-aws", "anthropic-google-cloud"]},
    "mantle": {"providers": ["mantle"], "models": ["claude-opus-5-5"]},
    "bedrock with an API key": {"goal": "claude gateway with a Bedrock API key"},
    "behind a load balancer": {"gateway_url": URL, "goal": "behind our load balancer"},
    "token": {"gateway_url": URL, "auth": "token", "providers": ["vertex"], "scope": "user"},
    "groups": {
        "gateway_url": URL,
        "goal": "group interns: haiku; group research gets opus and sonnet. Sign-ins last 4 hours, budgets",
    },
    "closed list": {
        "gateway_url": URL,
        "providers": ["anthropic", "bedrock", "vertex"],
        "vertex_project": "my-project-1",
        "aws_region": "eu-west-1",
        "models": ["claude-opus-5-5", "claude-haiku-5-5"],
        "goal": "only these models, 15% discount",
    },
    "role": {
        "gateway_url": URL,
        "goal": "bedrock with arn:aws:iam::123456789012:role/claude/Gateway, external id, sessions per person",
    },
    "role, mantle": {
        "providers": ["mantle", "anthropic"],
        "models": ["claude-opus-5-5"],
        "goal": "arn:aws:iam::123456789012:role/Gateway, only these models, pricing multiplier 1.2",
    },
    "docker": {"gateway_url": URL, "deployment": "docker", "providers": ["vertex", "bedrock"]},
    "kubernetes": {"gateway_url": URL, "deployment": "kubernetes", "goal": "telemetry, budgets"},
    "systemd": {"gateway_url": URL, "deployment": "systemd"},
    "systemd, several": {"gateway_url": URL, "deployment": "systemd", "goal": "three instances"},
    "behind a proxy": {"proxy_url": "http://proxy.example.com:3128", "ca_bundle": "/etc/ssl/corp ca.pem"},
}


def answer(name: str) -> Answer:
    return made(**{"gateway": GATEWAY, **WISHES[name]})


def config(made_: Answer) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(content(made_, "claude-gateway.yaml"))
    return data


@pytest.mark.parametrize("name", WISHES)
def test_our_own_checks_are_content_and_the_commands_are_shell(name: str, tmp_path: Path) -> None:
    one = answer(name)
    assert findings(one, tmp_path) == []
    assert shell_errors(one) == ""
    assert one.verdict == "unknown"


@pytest.mark.parametrize("name", [name for name in WISHES if "deployment" not in WISHES[name]])
def test_every_variable_of_the_file_is_asked_for_by_the_start_commands(name: str) -> None:
    import re

    one = answer(name)
    named = set(re.findall(r"\$\{(\w+)\}", content(one, "claude-gateway.yaml").split("\nlisten:")[1]))
    asked = set(re.findall(r"\$\{(\w+):\?", content(one, "start the gateway")))
    assert named == asked
    assert {"GATEWAY_POSTGRES_URL", "GATEWAY_JWT_SECRET", "OIDC_CLIENT_SECRET"} <= named


def test_what_the_words_ask_for_stands_in_the_file() -> None:
    data = config(answer("everything"))
    assert [u["provider"] for u in data["upstreams"]] == ["bedrock", "vertex", "foundry"]
    assert [data["upstreams"][0]["region"], data["upstreams"][1]["project_id"]] == ["eu-west-1", "my-project-1"]
    assert data["oidc"]["allowed_groups"] == ["engineering"]
    assert data["oidc"]["allowed_email_domains"] == ["example.com"]
    assert data["access_control"] == {"allow_cidrs": ["10.0.0.0/8"]}
    assert data["listen"]["tls"]
    assert data["admin"]["write_keys"][0]["key"] == "${GATEWAY_ADMIN_KEY}"
    assert data["telemetry"]["forward_to"][0]["url"] == "${OTLP_URL}"
    policy = data["managed"]["policies"][0]["cli"]
    assert policy["availableModels"] == ["claude-opus-5-5", "claude-haiku-5-5"]
    assert policy["env"] == {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}


def test_what_is_not_asked_for_does_not() -> None:
    data = config(answer("anthropic"))
    assert data.keys().isdisjoint({"admin", "telemetry", "access_control", "enforcement", "models"})
    assert [u["provider"] for u in data["upstreams"]] == ["anthropic"]
    assert "availableModels" not in data["managed"]["policies"][0]["cli"]


def test_the_gateways_own_name_is_no_provider() -> None:
    data = config(made(goal="Anthropic's gateway in front of Bedrock"))
    assert [u["provider"] for u in data["upstreams"]] == ["bedrock"]


def test_a_longer_name_of_a_provider_beats_the_shorter_one_in_it() -> None:
    data = config(made(goal="claude gateway with Claude Platform on AWS and bedrock", aws_region="us-west-2"))
    assert [u["provider"] for u in data["upstreams"]] == ["anthropicAws", "bedrock"]


def test_people_sign_in_by_managed_settings_and_machines_get_a_variable() -> None:
    people, machines = settings(answer("anthropic")), settings(answer("token"))
    assert people["forceLoginMethod"] == "gateway"
    assert people["forceLoginGatewayUrl"] == URL
    assert people["env"]["ANTHROPIC_BASE_URL"] == ""
    assert "forceLoginMethod" not in machines
    assert machines["env"]["ANTHROPIC_BASE_URL"] == URL
    assert machines["env"]["ANTHROPIC_API_KEY"] == ""


def test_groups_get_their_models_and_only_they_may_sign_in() -> None:
    data = config(answer("groups"))
    policies = data["managed"]["policies"]
    assert [policy.get("match") for policy in policies] == [{"groups": ["interns"]}, {"groups": ["research"]}, None]
    assert policies[0]["cli"]["availableModels"] == ["claude-haiku-5-5"]
    assert policies[1]["cli"]["availableModels"] == ["claude-opus-5-5", "claude-sonnet-5-5"]
    assert policies[1]["cli"]["model"] == "claude-opus-5-5"
    assert "availableModels" not in policies[2]["cli"]
    assert data["oidc"]["allowed_groups"] == ["interns", "research"]
    assert data["session"]["ttl_hours"] == 4


def test_a_closed_list_names_each_model_as_each_upstream_knows_it() -> None:
    data = config(answer("closed list"))
    assert data["auto_include_builtin_models"] is False
    assert [model["id"] for model in data["models"]] == ["claude-opus-5-5", "claude-haiku-5-5"]
    assert data["models"][0]["upstream_model"] == {
        "anthropic": "claude-opus-5-5",
        "bedrock": "eu.anthropic.claude-opus-5-5",
        "vertex": "claude-opus-5-5",
    }
    assert data["pricing"] == {"multiplier": 0.85}
    assert config(answer("role, mantle"))["pricing"] == {"multiplier": 1.2}


def test_a_role_is_taken_on_by_the_upstreams_that_can() -> None:
    (bedrock,) = config(answer("role"))["upstreams"]
    assert bedrock["assume_role"] == {
        "role_arn": "arn:aws:iam::123456789012:role/claude/Gateway",
        "external_id": "${AWS_EXTERNAL_ID}",
        "session_name": "email",
    }
    mantle, anthropic = config(answer("role, mantle"))["upstreams"]
    assert mantle["assume_role"] == {"role_arn": "arn:aws:iam::123456789012:role/Gateway"}
    assert "assume_role" not in anthropic


def test_behind_a_load_balancer_it_listens_for_it_only() -> None:
    listen = config(answer("behind a load balancer"))["listen"]
    assert (listen["host"], listen["public_url"], listen["trusted_proxies"]) == ("127.0.0.1", URL, ["127.0.0.1"])
    assert "tls" not in listen


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"auth": "api-key"}, "takes no x-api-key"),
        ({"scope": "user"}, "managed settings only"),
        ({"routing": "least-busy"}, "no counterpart in claude gateway"),
        ({"models": ["gemini-3.8-flash"]}, "serves Anthropic's models"),
        ({"providers": ["mantle"]}, "needs to be told its models"),
        ({"providers": ["bedrok"]}, "Did you mean 'bedrock'"),
        ({"gateway_url": f"{URL}/claude"}, "has a path"),
        ({"aws_region": "us-east-1,us-west-2"}, "several regions"),
        ({"goal": "from 10.0.0.0/99 only"}, "is not a network"),
        ({"goal": "only these models"}, "needs models"),
        ({"goal": "pricing multiplier 12"}, "at most 10"),
        ({"goal": "100% discount"}, "more than 0"),
        ({"goal": "sign-ins last 900 hours"}, "not sensible"),
        ({"goal": "bedrock, external id"}, "none is named"),
        ({"goal": "Bedrock API key and arn:aws:iam::123456789012:role/G"}, "takes no role on"),
    ],
)
def test_what_cannot_be_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(gateway=GATEWAY, **arguments)
    assert said in f"{caught.value.problem} {caught.value.fix}"


def test_plain_http_for_others_is_warned_about() -> None:
    one = made(gateway=GATEWAY, gateway_url="http://claude.example.com")
    assert (one.verdict, one.findings[0].id) == ("warnings", "secret_exposed")
