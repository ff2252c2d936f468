"""Whom the configured credential is sent to. A base URL may come from a prompt, so nearly right is wrong."""

from __future__ import annotations

import pytest

from mcp_server.effective import client_target
from mcp_server.probe.request.credential import sent_credential
from mcp_server.snapshot import Snapshot

pytestmark = pytest.mark.anyio
MACHINE = Snapshot(
    shell={"ANTHROPIC_BASE_URL": "https://gateway.corp.example", "ANTHROPIC_AUTH_TOKEN": "sk-planted-planted"},
    client_version="2.1.330",
)


async def headers_for(base_url: str) -> dict[str, str]:
    sent = await sent_credential(MACHINE, client_target(MACHINE, base_url), base_url, None, "message")
    return dict(sent.headers)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000", "https://gateway.corp.example"]
)
async def test_it_goes_to_this_machine_and_to_its_own_address(base_url: str) -> None:
    assert await headers_for(base_url) == {"authorization": "Bearer sk-planted-planted"}


@pytest.mark.parametrize(
    "base_url",
    [
        *("http://127.attacker.example", "https://localhost.attacker.example", "http://127.0.0.1.attacker.example"),
        *("https://gateway.corp.example.attacker.example", "http://gateway.corp.example", "https://attacker.example"),
    ],
)
async def test_it_goes_nowhere_else_however_alike_the_name_is(base_url: str) -> None:
    assert await headers_for(base_url) == {}
