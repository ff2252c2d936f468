"""Set-ups without a file of the gateway's own: hosted gateways, direct, and the client's cloud modes."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import Any

import pytest

from mcp_server.answer import Answer
from mcp_server.effective import client_target, settings_findings
from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.gateways.hosted import set_ups
from mcp_server.generate.registry import set_ups as all_set_ups
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import check
from mcp_server.snapshot import SettingsFile, Snapshot

TODAY = date(2026, 11, 25)
URL = "https://gateway.example.com"
#: What each hosted gateway cannot do without.
NEEDS: dict[str, dict[str, Any]] = {
    entry.ID: {
        **({"models": ["anthropic/claude-opus-5.5", "small-haiku"]} if entry.entry.get("needs_models") else {}),
        **({"gateway_url": URL} if "{" in entry.entry["base_url"] else {}),
    }
    for entry in set_ups()
}
OTHERS: dict[str, dict[str, Any]] = {
    "direct": {"gateway": "direct"},
    "direct, signed in": {"gateway": "direct", "auth": "oauth"},
    "direct to bedrock": {"gateway": "direct", "providers": ["bedrock"], "aws_region": "eu-west-1"},
    "direct to bedrock with a key": {"gateway": "direct", "providers": ["bedrock"], "token_env": "MY_BEDROCK_KEY"},
    "direct to vertex": {"gateway": "direct", "providers": ["vertex"], "vertex_project": "my-project-1"},
    "bedrock through a gateway": {"gateway": "pass-through", "providers": ["bedrock"], "gateway_url": f"{URL}/bedrock"},
    "vertex through a gateway": {
        "gateway": "pass-through",
        "vertex_project": "my-project-1",
        "vertex_region": "europe-west1",
        "gateway_url": f"{URL}/vertex_ai/v1",
    },
}
ALL = {**{name: {"gateway": name, **more} for name, more in NEEDS.items()}, **OTHERS}


def made(arguments: dict[str, Any]) -> Answer:
    return generate(parse_request(arguments), TODAY)


def settings(answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(answer.config[0].content)
    return data


def snapshot(answer: Answer, **shell: str) -> Snapshot:
    file = SettingsFile("user", "/users/u/.claude/settings.json", data=settings(answer))
    return Snapshot(shell=shell, settings_files=(file,), client_version="2.1.330")


@pytest.mark.parametrize("name", ALL)
def test_settings_are_clean_in_every_scope(name: str) -> None:
    for scope in ("user", "project", "local", "managed"):
        answer = made({**ALL[name], "scope": scope})
        file = answer.config[0].path.replace("~", "/users/u")
        found = check(content=answer.config[0].content, name=file, environment="ignore").report.findings
        assert [f for f in found if f.severity == "error"] == [], scope
        assert answer.verdict in ("unknown", "warnings")


@pytest.mark.parametrize("name", ALL)
def test_exports_are_valid_shell_and_carry_no_value_of_a_key(name: str) -> None:
    script = next(f.content for f in made(ALL[name]).config if f.path == "shell: start Claude Code")
    done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NEEDS)
def test_client_goes_to_the_hosted_gateway_with_its_key_alone(name: str) -> None:
    entry = next(e.entry for e in set_ups() if name == e.ID)
    key = entry["key"]["variable"]
    answer = made(ALL[name])
    left_over = {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_API_KEY": "k"}
    target = client_target(snapshot(answer, **left_over))
    assert target.provider == "anthropic"
    assert target.base_url.value == settings(answer)["env"]["ANTHROPIC_BASE_URL"]
    assert [c.name for c in target.credentials if c.headers] == [key]
    assert any("third party" in note for note in answer.context)


@pytest.mark.parametrize(
    ("name", "provider", "base_url"),
    [
        ("direct", "anthropic", "https://api.anthropic.com"),
        ("direct to bedrock", "bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com"),
        ("direct to vertex", "vertex", "https://aiplatform.googleapis.com/v1"),
        ("bedrock through a gateway", "bedrock", f"{URL}/bedrock"),
        ("vertex through a gateway", "vertex", f"{URL}/vertex_ai/v1"),
    ],
)
def test_client_speaks_the_wished_format_to_the_wished_place(name: str, provider: str, base_url: str) -> None:
    target = client_target(snapshot(made(ALL[name]), ANTHROPIC_BASE_URL="https://old.example", PATH="/bin"))
    assert (target.provider, target.base_url.value) == (provider, base_url)
    assert target.skip_auth == ("through" in name)


@pytest.mark.parametrize("name", OTHERS)
def test_client_has_nothing_to_complain_about(name: str) -> None:
    answer = made(ALL[name])
    key = "ANTHROPIC_AUTH_TOKEN" if "through" in name else "ANTHROPIC_API_KEY"
    found = settings_findings(snap := snapshot(answer, **{key: "k"}), client_target(snap))
    assert [f.id for f in found if f.severity == "error"] == []


def test_headers_with_a_key_are_exported_and_not_written() -> None:
    answer = made({"gateway": "portkey"})
    assert "ANTHROPIC_CUSTOM_HEADERS" not in settings(answer)["env"]
    script = next(f.content for f in answer.config if f.path == "shell: start Claude Code")
    done = subprocess.run(
        ["sh", "-c", script.replace("\nclaude\n", '\nprintf %s "$ANTHROPIC_CUSTOM_HEADERS"\n')],
        env={"PORTKEY_API_KEY": "pk", "PORTKEY_PROVIDER": "anthropic"},
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stdout == "x-portkey-api-key: pk\nx-portkey-provider: @anthropic"


def test_header_without_a_secret_stands_in_the_settings() -> None:
    env = settings(made(ALL["databricks"]))["env"]
    assert env["ANTHROPIC_CUSTOM_HEADERS"] == "x-databricks-use-coding-agent-mode: true"


def test_tiers_go_to_the_names_that_sound_like_them() -> None:
    names = ["anthropic/claude-sonnet-5.5", "anthropic/claude-haiku-5.5", "anthropic/claude-opus-5.5"]
    env = settings(made({"gateway": "openrouter", "models": names}))["env"]
    assert env["ANTHROPIC_MODEL"] == names[0]
    assert env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == names[1]
    assert env["ANTHROPIC_DEFAULT_OPUS_MODEL"] == names[2]
    assert "ENABLE_TOOL_SEARCH" not in env


def test_other_models_than_claude_switch_tool_search_off_and_are_named_unsupported() -> None:
    answer = made({"gateway": "openrouter", "models": ["google/gemini-3.5-flash"]})
    assert settings(answer)["env"]["ENABLE_TOOL_SEARCH"] == "false"
    assert "not supported by Anthropic" in answer.context[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"gateway": "openrouter"}, "model names of its own"),
        ({"gateway": "kong", "models": ["x"]}, "address of your Kong"),
        ({"gateway": "portkey", "routing": "least-busy"}, "routing is decided inside Portkey"),
        ({"gateway": "direct", "gateway_url": URL}, "belongs to a gateway"),
        ({"gateway": "direct", "providers": ["bedrock", "vertex"]}, "several providers"),
        ({"gateway": "direct", "providers": ["bedrock"], "auth": "oauth"}, "does not take"),
        ({"gateway": "pass-through", "providers": ["bedrock"]}, "address of the gateway"),
        ({"gateway": "pass-through", "gateway_url": URL}, "provider is not known"),
        ({"gateway": "pass-through", "gateway_url": URL, "providers": ["anthropic"]}, "needs no mode"),
        ({"gateway": "portky"}, "did you mean 'portkey'|Did you mean 'portkey'"),
    ],
)
def test_what_is_missing_or_contradicts_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(arguments)
    import re

    assert re.search(said, f"{caught.value.problem} {caught.value.fix}")


def test_goal_in_words_finds_the_set_up() -> None:
    assert "Cloudflare" in made({"goal": "use cloudflare", "gateway_url": URL}).quick_answer
    answer = made({"goal": "Claude Code straight to bedrock", "aws_region": "us-west-2"})
    assert settings(answer)["env"]["AWS_REGION"] == "us-west-2"
    assert {"litellm", "direct", "pass-through", "proxy-only"} <= set(all_set_ups())
