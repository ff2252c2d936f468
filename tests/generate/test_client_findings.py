"""Where the settings of a project would let Claude Code show the gateway's key to Anthropic, the answer says so.

That it does, and that the named cure works, is seen in test_matrix_client_e2e.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from gateway_bench import made

URL = "https://claude.example.com"


def exposed(**arguments: Any) -> list[str]:
    found = made(**{"gateway_url": URL, "models": ["claude-opus-5-5"], **arguments}).findings
    return [f.where.file or "" for f in found if f.id == "secret_exposed" and f.where and f.severity == "warning"]


@pytest.mark.parametrize("gateway", ["litellm", "custom"])
@pytest.mark.parametrize(
    ("scope", "file"), [("project", ".claude/settings.json"), ("local", ".claude/settings.local.json")]
)
def test_a_key_in_the_variable_of_anthropic_with_the_address_in_a_project_is_warned_about(
    gateway: str, scope: str, file: str
) -> None:
    assert exposed(gateway=gateway, auth="api-key", scope=scope) == [file]


@pytest.mark.parametrize("scope", ["", "user", "managed"])
def test_settings_that_are_read_before_the_first_request_are_not(scope: str) -> None:
    assert exposed(gateway="litellm", auth="api-key", scope=scope) == []


@pytest.mark.parametrize("auth", ["token", "helper"])
def test_other_ways_to_give_the_key_are_not(auth: str) -> None:
    assert exposed(gateway="litellm", auth=auth, scope="local") == []


def test_a_hosted_gateway_is_judged_by_whose_key_it_takes() -> None:
    assert exposed(gateway="bifrost", scope="local") != []
    assert exposed(gateway="helicone", scope="local") == []
    assert exposed(gateway="kong", scope="local") == []


def test_nothing_is_sent_to_a_stranger_without_a_gateway() -> None:
    assert exposed(gateway="direct", gateway_url="", scope="project", auth="api-key") == []
