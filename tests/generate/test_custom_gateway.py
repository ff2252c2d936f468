"""A gateway of one's own: nginx and Envoy files as asked for, and only client settings for a gateway nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_bench import content, findings, made, settings, shell_errors

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate.gateways.custom.nginx_text import block, line, nginx_text, note

URL = "https://claude.example.com"
WISHES: dict[str, dict[str, Any]] = {
    "nginx": {"goal": "nginx"},
    "nginx for a team": {"goal": "nginx", "gateway_url": URL},
    "nginx below a path": {"goal": "nginx", "gateway_url": f"{URL}:8443/claude/v1"},
    "nginx, bedrock": {"goal": "nginx", "providers": ["bedrock"], "gateway_url": URL},
    "nginx, vertex": {"goal": "nginx", "vertex_project": "my-project-1", "gateway_url": f"{URL}/v1"},
    "nginx, litellm": {"goal": "nginx before LiteLLM", "models": ["gemini-3.8-flash"], "gateway_url": URL},
    "nginx, x-api-key": {"goal": "nginx", "auth": "api-key", "token_env": "MY_KEY"},
    "nginx, inspected": {"goal": "nginx", "ca_bundle": "/etc/ssl/corp ca.pem", "proxy_url": "http://p.example:3128"},
    "envoy": {"goal": "envoy"},
    "envoy below a path": {"goal": "envoy", "gateway_url": f"{URL}/claude"},
    "envoy, bedrock": {"goal": "envoy", "aws_region": "eu-west-1", "gateway_url": URL},
    "envoy, vertex": {"goal": "envoy", "vertex_project": "my-project-1", "vertex_region": "europe-west1"},
    "unknown": {"gateway_url": f"{URL}/v1", "models": ["claude-opus-5-5"], "auth": "helper", "token_env": "MY_KEY"},
}


def answer(name: str) -> Answer:
    return made(**{"gateway": "custom", **WISHES[name]})


@pytest.mark.parametrize("name", WISHES)
def test_our_own_checks_are_content_and_the_commands_are_shell(name: str, tmp_path: Path) -> None:
    one = answer(name)
    assert findings(one, tmp_path) == []
    assert shell_errors(one) == ""
    assert one.verdict == "unknown"


def test_a_gateway_nobody_knows_gets_client_settings_and_the_compatibility_check_only() -> None:
    one = answer("unknown")
    assert [f.language for f in one.config] == ["json", "shell"]
    assert settings(one)["env"]["ANTHROPIC_BASE_URL"] == URL
    assert settings(one)["apiKeyHelper"] == "printenv MY_KEY"
    assert any("compatibility" in (check.command or "") for check in one.verification)
    assert "cannot be run here" in one.context[-1]


@pytest.mark.parametrize("name", [name for name in WISHES if name.startswith("nginx")])
def test_every_way_to_the_provider_asks_for_a_key_first(name: str) -> None:
    text = content(answer(name), ".conf")
    ways = [part.rpartition("location ")[2] for part in text.split("proxy_pass ")[:-1]]
    assert ways
    assert all('if ($claude_user = "") {' in way for way in ways)


@pytest.mark.parametrize("name", [name for name in WISHES if name.startswith("nginx")])
def test_streams_flow_long_requests_pass_and_the_provider_is_verified(name: str) -> None:
    text = content(answer(name), ".conf")
    for words in ("proxy_buffering off;", "client_max_body_size 40m;", "proxy_read_timeout 600s;"):
        assert words in text
    assert ("proxy_ssl_verify on;" in text) == ("litellm" not in name)


def test_a_path_with_a_blank_stays_one_word() -> None:
    assert "proxy_ssl_trusted_certificate '/etc/ssl/corp ca.pem';" in content(answer("nginx, inspected"), ".conf")


def test_a_gateway_below_a_path_serves_the_path_and_nothing_beside_it() -> None:
    text = content(answer("nginx below a path"), ".conf")
    assert "location = /claude/v1/messages {" in text
    assert "proxy_pass https://claude_provider/v1/messages;" in text
    assert settings(answer("nginx below a path"))["env"]["ANTHROPIC_BASE_URL"] == f"{URL}:8443/claude"
    routes = yaml.safe_load(content(answer("envoy below a path"), "claude-envoy.yaml"))
    chain = routes["static_resources"]["listeners"][0]["filter_chains"][0]
    first = chain["filters"][0]["typed_config"]["route_config"]["virtual_hosts"][0]["routes"][0]
    assert (first["match"]["path"], first["route"]["prefix_rewrite"]) == ("/claude/v1/messages", "/v1/messages")


def test_the_key_is_taken_from_the_header_in_which_it_comes() -> None:
    assert "map $http_x_api_key $claude_user" in content(answer("nginx, x-api-key"), ".conf")
    assert "map $http_authorization $claude_user" in content(answer("nginx"), ".conf")
    assert "Bearer" not in content(answer("nginx, x-api-key"), "start the gateway")


@pytest.mark.parametrize("program", ["nginx", "envoy"])
def test_a_client_of_vertex_gets_its_own_base_url(program: str) -> None:
    env = settings(answer(f"{program}, vertex"))["env"]
    assert env["ANTHROPIC_VERTEX_BASE_URL"].endswith("/v1")
    assert (env["CLAUDE_CODE_SKIP_VERTEX_AUTH"], env["ANTHROPIC_BASE_URL"]) == ("1", "")
    assert "aiplatform.googleapis.com" in next(f.content for f in answer(f"{program}, vertex").config)


def test_words_of_a_file_cannot_become_directives() -> None:
    words = ("x; evil on", "it's", "both ' and \"", "back\\slash")
    assert nginx_text([note("a\nb"), block(("server",), *(line("a", word) for word in words))]) == (
        '# a b\nserver {\n    a \'x; evil on\';\n    a "it\'s";\n    a "both \' and \\"";\n    a "back\\\\slash";\n}\n'
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "address of the gateway is not known"),
        ({"gateway_url": URL, "deployment": "docker"}, "yours is there already"),
        ({"goal": "nginx before LiteLLM", "deployment": "docker"}, "does not reach a LiteLLM"),
        ({"goal": "nginx, three instances", "deployment": "systemd"}, "one instance of it under systemd"),
        ({"goal": "nginx", "routing": "least-busy"}, "no use with a custom gateway"),
        ({"goal": "envoy", "auth": "oauth"}, "claude.ai logins"),
        ({"gateway_url": URL, "providers": ["bedrock"]}, "Use gateway pass-through"),
        ({"goal": "nginx", "providers": ["bedrock"], "gateway_url": f"{URL}/claude"}, "has a path"),
        ({"goal": "nginx", "providers": ["bedrock"], "auth": "api-key"}, "sends no x-api-key"),
        ({"goal": "nginx", "providers": ["bedrock", "vertex"]}, "several providers"),
        ({"goal": "nginx", "gateway_url": f"{URL}/a b"}, "not a usable URL"),
        ({"goal": "nginx", "gateway_url": URL + "/a;b"}, "is not plain"),
        ({"goal": "nginx", "aws_region": "us-east-1,us-west-2"}, "several regions"),
        ({"goal": "envoy", "vertex_region": "europe-west1,us-east5"}, "several regions"),
    ],
)
def test_what_cannot_be_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(**{"gateway": "custom", **arguments})
    assert said in f"{caught.value.problem} {caught.value.fix}"


def test_a_project_that_is_not_given_is_asked_for() -> None:
    one = made(gateway="custom", goal="nginx", providers=["vertex"])
    assert any("export ANTHROPIC_VERTEX_PROJECT_ID" in text for text in one.context)
    assert not any("PROJECT_ID" in text for text in answer("nginx, vertex").context)


def test_words_choose_the_gateway_but_litellm_keeps_its_own_file() -> None:
    assert "nginx" in made(goal="an nginx in front of Anthropic").quick_answer
    assert "Envoy" in made(goal="custom gateway with envoy").quick_answer
    assert "LiteLLM" in made(goal="LiteLLM behind nginx").quick_answer
