"""What is said about a sign-in to ``claude gateway``; which requests leave then is measured in ``cases/view.yaml``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.answer import Finding
from mcp_server.diagnose.credentials import offline_states
from mcp_server.effective import client_target, settings_findings
from mcp_server.effective.loaded import loaded
from mcp_server.environment import read_gateway_login
from mcp_server.snapshot import GatewayLogin, Scope, SettingsFile, Snapshot

URL = "https://gateway.example.com"
TOKEN = "made-up-token-of-a-test"
NOW = 1_800_000_000.0
SIGNED = GatewayLogin("/home/.claude/.credentials.json", URL, TOKEN)


def said(login: GatewayLogin | None = None, **variables: str) -> list[Finding]:
    machine = Snapshot(shell=variables, client_version="2.1.330", gateway_login=login)
    found = settings_findings(machine, client_target(machine))
    assert TOKEN not in json.dumps([f.model_dump() for f in found])
    return found


def saved(folder: Path, content: Any) -> GatewayLogin | None:
    file = folder / ".credentials.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_gateway_login(file, NOW)


def entry(**more: Any) -> dict[str, Any]:
    trust = {"gateway.example.com": "a-fingerprint"}
    return {"gatewayTrust": trust, "enterpriseGateway": {"url": URL, "jwt": TOKEN, **more}}


def test_a_saved_sign_in_is_read_with_its_end(tmp_path: Path) -> None:
    found = saved(tmp_path, entry(expiresAt=(NOW + 60) * 1000))
    assert found is not None
    assert (found.url, found.token, found.trusted, found.ended, found.usable) == (URL, TOKEN, True, False, True)
    assert TOKEN not in repr(found)
    ended = saved(tmp_path, entry(expiresAt=(NOW - 60) * 1000))
    assert ended is not None
    assert not ended.usable
    renewed = saved(tmp_path, entry(expiresAt=(NOW - 60) * 1000, idpRefreshToken="made-up"))
    assert renewed is not None
    assert renewed.usable
    unconfirmed = saved(tmp_path, {"enterpriseGateway": entry()["enterpriseGateway"]})
    assert unconfirmed is not None
    assert not unconfirmed.usable


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        {"enterpriseGateway": None},
        {"enterpriseGateway": "x"},
        {"enterpriseGateway": {"url": 1, "jwt": TOKEN}},
        {"enterpriseGateway": {"url": URL, "jwt": "  "}},
        {"enterpriseGateway": {"url": "http://[::1", "jwt": TOKEN}},
        {"enterpriseGateway": {"url": "nothing", "jwt": TOKEN}},
        {"claudeAiOauth": {"accessToken": TOKEN}},
    ],
    ids=range(11),
)
def test_anything_else_is_no_sign_in(tmp_path: Path, content: Any) -> None:
    assert saved(tmp_path, content) is None


def test_what_a_sign_in_beats_is_told() -> None:
    assert said(SIGNED) == []
    assert said(SIGNED, ANTHROPIC_BASE_URL=f"{URL}/") == []
    (url,) = said(SIGNED, ANTHROPIC_BASE_URL="https://litellm.example.com", ANTHROPIC_AUTH_TOKEN="made-up")
    assert (url.id, url.severity) == ("provider_flag_overrides_base_url", "warning")
    assert "/logout" in url.fix
    (bedrock,) = said(SIGNED, CLAUDE_CODE_USE_BEDROCK="1")
    assert bedrock.problem.startswith("CLAUDE_CODE_USE_BEDROCK (shell) has no effect: the saved gateway sign-in")


def test_what_the_switch_beats_is_told_and_that_it_needs_url_and_token() -> None:
    whole = {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": "made-up", "CLAUDE_CODE_USE_GATEWAY": "1"}
    assert said(None, **whole) == []
    (vertex,) = said(None, **whole, CLAUDE_CODE_USE_VERTEX="1")
    assert (
        vertex.fix == "For the provider, unset CLAUDE_CODE_USE_GATEWAY; for the gateway, unset CLAUDE_CODE_USE_VERTEX."
    )
    (half,) = said(ANTHROPIC_BASE_URL=URL, ANTHROPIC_API_KEY="made-up", CLAUDE_CODE_USE_GATEWAY="1")
    assert (half.id, half.severity) == ("login_state_required", "warning")
    assert "ANTHROPIC_AUTH_TOKEN is not set" in half.problem


def test_a_sign_in_that_is_not_used_is_an_error_only_when_nothing_else_is_there() -> None:
    ended = GatewayLogin("credentials", URL, TOKEN, ended=True)
    (alone,) = said(ended)
    assert (alone.id, alone.severity, alone.fix) == ("login_state_required", "error", "Run /login in Claude Code.")
    (beside,) = said(ended, ANTHROPIC_BASE_URL=URL, ANTHROPIC_AUTH_TOKEN="made-up")
    assert beside.severity == "warning"
    (unconfirmed,) = said(GatewayLogin("credentials", URL, TOKEN, trusted=False))
    assert "trusted" in unconfirmed.problem


def test_the_diagnosis_lists_the_sign_in_first_and_the_rest_as_unused() -> None:
    machine = Snapshot(shell={"ANTHROPIC_API_KEY": "made-up"}, client_version="2.1.330", gateway_login=SIGNED)
    states = list(offline_states(machine, now=NOW))
    assert [(s.provider, s.relevant) for s in states] == [("gateway", True), ("anthropic", False)]
    assert TOKEN not in str(states)


@pytest.mark.parametrize(
    ("scope", "version", "kept"),
    [("user", "2.1.330", True), ("project", "2.1.330", False), ("user", "2.1.197", False)],
)
def test_the_two_keys_that_lead_login_to_a_gateway_count_in_the_users_own_file(
    scope: Scope, version: str, kept: bool
) -> None:
    pair = {"forceLoginMethod": "gateway", "forceLoginGatewayUrl": URL}
    (file,) = loaded([SettingsFile(scope, "settings.json", data=pair)], version)
    assert ("forceLoginMethod" in file.data) is kept
    (alone,) = loaded([SettingsFile(scope, "settings.json", data={"forceLoginMethod": "gateway"})], version)
    assert "forceLoginMethod" not in alone.data
