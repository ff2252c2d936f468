"""Which settings put sessions in auto mode, and who then judges: what Claude Code 2.1.330 was seen to send."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_server.effective import client_target
from mcp_server.effective.auto_mode import AutoMode, auto_mode, takes_part
from mcp_server.snapshot import Scope, SettingsFile, Snapshot

AUTO = {"permissions": {"defaultMode": "auto"}}
DEFAULT = {"permissions": {"defaultMode": "default"}}


def mode(version: str = "2.1.330", shell: dict[str, str] | None = None, **files: Any) -> AutoMode:
    scopes: list[Scope] = ["project", "user", "local"]
    found = [SettingsFile(scope, f"{scope}.json", files[scope]) for scope in scopes if scope in files]
    variables = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_AUTH_TOKEN": "any", **(shell or {})}
    snapshot = Snapshot(shell=variables, settings_files=tuple(found), client_version=version)
    return auto_mode(snapshot, client_target(snapshot))


@pytest.mark.parametrize(
    ("files", "chosen", "off"),
    [
        ({}, False, False),
        ({"user": AUTO}, True, False),
        ({"project": AUTO}, False, False),
        ({"local": AUTO}, False, False),
        ({"user": AUTO, "project": AUTO}, True, False),
        ({"user": AUTO, "project": DEFAULT}, False, True),
        ({"user": {**AUTO, "disableAutoMode": "disable"}}, False, True),
        ({"user": AUTO, "project": {"disableAutoMode": "disable"}}, False, True),
        ({"user": AUTO, "local": {"permissions": {"disableAutoMode": "disable"}}}, False, True),
    ],
)
def test_a_project_may_leave_auto_mode_and_not_choose_it(files: dict[str, Any], chosen: bool, off: bool) -> None:
    found = mode(**files)
    assert (found.chosen, bool(found.off)) == (chosen, off)


@pytest.mark.parametrize("value", ["0", "false", "off"])
def test_switched_off_the_provider_is_not_asked(value: str) -> None:
    assert mode().by_server
    assert not mode(shell={"CLAUDE_CODE_AUTO_MODE_SERVER": value}).by_server
    assert not mode(user={"env": {"CLAUDE_CODE_AUTO_MODE_SERVER": value}}).by_server
    assert not mode(shell={"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}).by_server


@pytest.mark.parametrize(
    ("told", "tier", "asked"),
    [
        ("", "", "claude-sonnet-5"),
        ("", "gw-sonnet", "gw-sonnet"),
        ("gw-x", "gw-y", "gw-x"),
        ("sonnet", "", "sonnet"),
        ("claude-opus-4-8", "", "claude-opus-4-8"),
        ("claude-opus-5-5", "", "claude-sonnet-5"),
        ("gw/claude-opus-5-5", "", "claude-sonnet-5"),
        ("claude-opus-5-5", "gw-y", "gw-y"),
        ("claude-sonnet-5-5", "", "claude-sonnet-5"),
        ("claude-haiku-5-5", "", "claude-haiku-5-5"),
    ],
)
def test_the_model_that_judges_is_the_one_the_client_was_seen_to_ask(told: str, tier: str, asked: str) -> None:
    named = {"CLAUDE_CODE_AUTO_MODE_MODEL": told, "ANTHROPIC_DEFAULT_SONNET_MODEL": tier}
    assert mode(shell={name: value for name, value in named.items() if value}).classifier == asked


def test_an_older_client_names_no_judge() -> None:
    assert mode("2.1.197").classifier == ""


@pytest.mark.parametrize(
    ("model", "offered"),
    [
        ("claude-opus-5-5", True),
        ("claude-sonnet-4-6", True),
        ("gpt-x", True),
        ("claude-haiku-4-5-20251001", False),
        ("gw/claude-sonnet-4-5", False),
        ("claude-opus-4-5", False),
    ],
)
def test_auto_mode_is_offered_with_the_models_with_which_it_was_seen(model: str, offered: bool) -> None:
    assert takes_part(model) is offered
