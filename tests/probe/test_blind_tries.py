"""After a 400 that says nothing the client tries once more without its optional parts; test_model does the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, newest_claude_code
from mcp_server.snapshot import Snapshot
from tests.probe.gateways import KEY, MODEL, Call, Gateway, anthropic_error, check

pytestmark = pytest.mark.anyio
SILENT = "the provider did not like it"


def parts(headers: dict[str, str], body: dict[str, Any]) -> tuple[bool, bool, bool]:
    """(tool search, the beta thinking-token-count, thinking.display), as far as the request has them."""
    betas = headers.get("anthropic-beta", "")
    thinking = body.get("thinking") or {}
    return "advanced-tool-use-" in betas, "thinking-token-count-" in betas, "display" in thinking


def refusing(part: int) -> Gateway:
    def before(call: Call) -> Response | None:
        streamed = call.path == "/v1/messages" and bool(call.body)
        refused = streamed and parts(call.headers, call.body)[part]
        return anthropic_error(400, "invalid_request_error", SILENT) if refused else None

    return Gateway(before=before)


@pytest.mark.parametrize(
    ("part", "left_out"), [(0, "tool search"), (1, "thinking-token-count"), (2, "thinking.display")]
)
async def test_a_part_that_the_client_drops_by_itself_is_a_warning(part: int, left_out: str) -> None:
    answer = await check(refusing(part))
    assert answer.verdict == "warnings"
    (warning,) = (f for f in answer.findings if f.severity == "warning")
    assert left_out in warning.problem.partition("leaves out")[2]
    assert SILENT in warning.problem
    variable, _, value = re.findall(r"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1", warning.fix)[0].partition("=")
    assert (await check(refusing(part), variables={variable: value})).verdict == "ok"


async def test_a_part_that_it_never_drops_stays_an_error_in_the_words_of_the_first_refusal() -> None:
    def before(call: Call) -> Response | None:
        if call.path != "/v1/messages" or not call.body or not call.body.get("tools"):
            return None
        return anthropic_error(400, "invalid_request_error", f"{SILENT} {sum(parts(call.headers, call.body))}")

    answer = await check(Gateway(before=before))
    assert answer.verdict == "errors"
    assert f"{SILENT} 3" in answer.findings[0].problem


async def test_an_older_client_does_not_try_again() -> None:
    gateway = refusing(1)
    with running(gateway) as url:
        shell = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_MODEL": MODEL, "ANTHROPIC_AUTH_TOKEN": KEY}
        answer = await operation.run(snapshot=Snapshot(shell=shell, client_version="2.1.197"))
    assert answer.verdict == "errors"


async def test_a_refused_model_or_key_is_not_asked_again() -> None:
    gateway = Gateway(
        before=lambda call: (
            anthropic_error(400, "invalid_request_error", f"model {MODEL} is not in the operator's model allowlist")
            if call.path == "/v1/messages" and call.body
            else None
        )
    )
    assert (await check(gateway)).findings[0].id in ("gateway_model_not_mapped", "model_alias_unmapped")
    assert len(gateway.messages) == 1


@pytest.mark.e2e
async def test_the_real_client_tries_these_variants_and_no_others(tmp_path: Path) -> None:
    emulator = AnthropicEmulator()
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": SILENT}}
    emulator.fault(None, 400, body, times=20)
    with running(emulator) as url:
        reply = await ask(
            claude_code(newest_claude_code()),
            "hi",
            home=tmp_path / "home",
            project=tmp_path,
            environment={"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "lab-token"},
        )
    assert (reply.is_error, SILENT in reply.text) == (True, True)
    sent = [parts(call.headers, call.body) for call in emulator.requests if call.path == "/v1/messages"]
    whole, without_beta, plain = (True, True, True), (True, False, True), (True, False, False)
    assert sent == [whole, without_beta, plain, *((False, *rest[1:]) for rest in (whole, without_beta, plain))]
