"""Managed settings for a fleet: how they get to each platform, said in every answer with that scope and no other."""

from __future__ import annotations

import pytest
from deployment_judges import shell_complaints
from gateway_bench import made

from mcp_server.generate.fleet import DROP_IN, FOLDERS


@pytest.mark.parametrize("gateway", ["litellm", "claude-apps-gateway", "openrouter", "direct"])
def test_every_managed_answer_has_commands_for_three_platforms_and_says_what_is_bound(gateway: str) -> None:
    answer = made(
        gateway=gateway, scope="managed", **({"models": ["claude-opus-5-5"]} if gateway == "openrouter" else {})
    )
    by_path = {file.path: file.content for file in answer.config}
    for name, platform in (("Linux", "linux"), ("macOS", "macos")):
        script = by_path[f"shell: roll out managed settings on {name}"]
        assert f'"{FOLDERS[platform]}/{DROP_IN}"' in script
        assert shell_complaints(script) == ""
    windows = by_path["roll-out-managed-settings.ps1"]
    assert DROP_IN.replace("/", "\\") in windows
    assert any(note.startswith("Bound by it") for note in answer.context)


def test_other_scopes_get_none_of_it() -> None:
    answer = made(gateway="litellm", scope="user")
    assert not any("managed" in file.path for file in answer.config)
    assert not any(note.startswith("Fleet:") for note in answer.context)
