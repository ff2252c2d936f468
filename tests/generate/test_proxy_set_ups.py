from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request

TODAY = date(2026, 11, 25)
PROXY = "http://proxy.example.com:3128"


def made(**arguments: Any) -> Answer:
    return generate(parse_request(arguments), TODAY)


def content(answer: Answer, path: str) -> str:
    return next(f.content for f in answer.config if f.path.endswith(path))


def env_of(answer: Answer) -> dict[str, str]:
    block: dict[str, dict[str, str]] = json.loads(content(answer, "settings.json"))
    return block["env"]


def test_proxy_only_writes_the_way_out_and_no_gateway() -> None:
    answer = made(gateway="proxy-only", proxy_url=PROXY, no_proxy="*.corp.example 10.0.0.5", ca_bundle="/etc/corp.pem")
    assert env_of(answer) == {
        "HTTPS_PROXY": PROXY,
        "https_proxy": PROXY,
        "NO_PROXY": "corp.example,.corp.example,10.0.0.5,localhost,127.0.0.1,::1",
        "no_proxy": "corp.example,.corp.example,10.0.0.5,localhost,127.0.0.1,::1",
        "NODE_EXTRA_CA_CERTS": "/etc/corp.pem",
    }
    assert not [f for f in answer.config if f.language == "yaml"]
    assert "api.anthropic.com:443   model requests" in content(answer, "administrators")
    assert "api.anthropic.com" in (answer.verification[0].command or "")
    assert answer.verdict == "unknown"


@pytest.mark.parametrize("goal", ["proxy only", "Claude Code behind our proxy, no gateway"])
def test_the_words_of_a_goal_choose_it_too(goal: str) -> None:
    assert not [f for f in made(goal=goal, proxy_url=PROXY).config if f.language == "yaml"]


@pytest.mark.parametrize(
    ("arguments", "host"),
    [
        ({"vertex_region": "europe-west4"}, "europe-west4-aiplatform.googleapis.com:443"),
        ({"vertex_region": "eu"}, "aiplatform.eu.rep.googleapis.com:443"),
        ({"vertex_region": "global"}, "aiplatform.googleapis.com:443"),
        ({"providers": ["bedrock"], "aws_region": "eu-central-1"}, "bedrock-runtime.eu-central-1.amazonaws.com:443"),
    ],
)
def test_the_hosts_to_allow_are_those_of_the_provider_and_region(arguments: dict[str, Any], host: str) -> None:
    answer = made(gateway="proxy-only", proxy_url=PROXY, **arguments)
    first = content(answer, "administrators").splitlines()[0]
    assert first.split()[0] == host
    assert host.partition(":")[0] in (answer.verification[0].command or "")


def test_a_login_is_named_by_its_variable_and_stands_in_no_settings_file() -> None:
    answer = made(gateway="proxy-only", proxy_url="http://${PROXY_LOGIN}@proxy.example.com:3128")
    assert "HTTPS_PROXY" not in env_of(answer)
    shell = content(answer, "start Claude Code")
    assert 'export HTTPS_PROXY="http://${PROXY_LOGIN}@proxy.example.com:3128"' in shell
    assert "settings.json expands no variables" in answer.context[0]


@pytest.mark.parametrize("gateway", ["proxy-only", "litellm"])
@pytest.mark.parametrize("proxy", [PROXY, "http://${PROXY_LOGIN}@proxy.example.com:3128"])
def test_the_shell_lines_do_what_they_say(gateway: str, proxy: str, tmp_path: Path) -> None:
    answer = made(gateway=gateway, proxy_url=proxy, no_proxy=".corp.example")
    lines = [line for line in content(answer, "start Claude Code").splitlines() if line != "claude"]
    lines = [line for line in lines if "litellm.key" not in line]
    script = "\n".join([*lines, "env"])
    done = subprocess.run(
        ["bash", "-euc", script],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PROXY_LOGIN": "me:pa%40ss"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.partition("=")[::2] for line in done.stdout.splitlines() if "=" in line)
    expected = PROXY if proxy == PROXY else "http://me:pa%40ss@proxy.example.com:3128"
    assert found["HTTPS_PROXY"] == found["https_proxy"] == expected
    assert found["NO_PROXY"].startswith("corp.example,.corp.example,")


def test_proxy_and_gateway_give_litellm_the_way_out_and_one_joined_bundle() -> None:
    answer = made(models=["codestral"], proxy_url=PROXY, no_proxy=".corp.example", ca_bundle="/etc/corp ca.pem")
    start = content(answer, "start the gateway")
    for name in ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        assert f"export {name}=" in start
    assert "pip._vendor.certifi)\" '/etc/corp ca.pem' > .litellm/ca-bundle.pem" in start
    assert start.index("venv .litellm") < start.index("ca-bundle.pem") < start.index("pip install")
    assert "127.0.0.1" in env_of(answer)["NO_PROXY"].split(",")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("http://user:planted-secret@host:3128", "carries a user name or password"),
        ("http://user:planted/secret@host:3128", "unencoded '/'"),
        ("http://user:planted%secret@host:3128", "carries a user name or password"),
        ("socks5://host:1080", "SOCKS"),
        ("ftp://host", "a proxy URL starts with http:// or https://"),
        ("http://", "names no host"),
        ("http://host:99999", "port outside 1 to 65535"),
        ("http://::1:3128", "IPv6 address without brackets"),
        ("proxy.example.com:3128", "has no scheme"),
        ("http://[::1:3128", "colon"),
        ("http://ho st:1", "blank or control character"),
    ],
)
def test_a_bad_proxy_url_is_refused_precisely_and_without_its_secret(value: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        made(gateway="proxy-only", proxy_url=value)
    assert said in str(refused.value.problem)
    assert "planted" not in f"{refused.value.problem} {refused.value.fix}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({}, "needs proxy_url"), ({"proxy_url": PROXY, "models": ["codestral"]}, "models belongs to a gateway")],
)
def test_what_makes_no_sense_without_a_gateway_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        made(gateway="proxy-only", **arguments)
