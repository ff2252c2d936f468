"""The real Claude Code's own words for a failing gateway lead to the right cause, in both client generations."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from loopback_network import canned

from mcp_server.operations.diagnose_auth import run as diagnose
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, versions
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
VERSIONS = versions()["claude_code"]


def body(message: str, kind: str = "invalid_request_error") -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}})


#: What the gateway answers → the causes that the client's own words may lead to.
ANSWERS: dict[str, tuple[int, str, str, set[str]]] = {
    "wrong key": (
        401,
        "application/json",
        '{"error":{"message":"Authentication Error, Invalid proxy server token passed. Unable to find token in cache",'
        '"type":"token_not_found_in_db","param":"key","code":"401"}}',
        {"litellm_key_not_found"},
    ),
    "no such path": (404, "text/plain", "404 page not found", {"gateway_model_not_mapped", "route_not_found"}),
    "too large": (
        413,
        "text/html",
        "<html><title>413 Request Entity Too Large</title></html>",
        {"request_body_too_large"},
    ),
    "web page": (
        200,
        "text/html",
        "<html><title>Corporate SSO Login</title></html>",
        {"html_instead_of_api", "response_shape_invalid", "base_url_wrong_endpoint"},
    ),
    "cooldown": (
        429,
        "application/json",
        '{"error":{"message":"No deployments available for selected model, Try again in 5 seconds. cooldown_list=[]",'
        '"type":"None","param":"None","code":"429"}}',
        {"all_deployments_cooling_down"},
    ),
    "beta": (
        400,
        "application/json",
        body("Unexpected value(s) `made-up-2026-01-01` for the `anthropic-beta` header."),
        {"beta_flag_rejected"},
    ),
    "budget": (
        400,
        "application/json",
        body("Budget has been exceeded! Current cost: 2, Max budget: 1"),
        {"gateway_budget_exceeded"},
    ),
}


async def words_of(version: str, url: str, tmp_path: Path) -> str:
    reply = await ask(
        claude_code(version),
        "hi",
        home=tmp_path / "home",
        project=tmp_path,
        environment={
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_AUTH_TOKEN": "sk-scratch-key-0000",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
        seconds=60,
    )
    return reply.text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ANSWERS)
async def test_what_the_client_prints_leads_to_what_the_gateway_did(version: str, name: str, tmp_path: Path) -> None:
    status, content_type, text, causes = ANSWERS[name]
    with canned(status, text, content_type) as url:
        printed = await words_of(version, url, tmp_path)
    answer = await diagnose(printed, snapshot=Snapshot(shell={}, home=str(tmp_path)))
    assert answer.findings[0].id in causes, printed
    assert answer.verdict == "errors"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_dead_gateway_is_unreachable_in_both_generations(version: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    printed = await words_of(version, f"http://127.0.0.1:{port}", tmp_path)
    answer = await diagnose(printed, snapshot=Snapshot(shell={}, home=str(tmp_path)))
    assert answer.findings[0].id == "gateway_unreachable", printed
