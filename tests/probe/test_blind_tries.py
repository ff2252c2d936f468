"""After a 400 that says nothing the client tries once more without its optional parts; test_model does the same."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    search = "advanced-tool-use-" in betas or "tool-search-tool-" in betas
    return search, "thinking-token-count-" in betas, "display" in thinking


def has_system(body: dict[str, Any]) -> bool:
    return any(message["role"] == "system" for message in body["messages"])


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


def refusing_signed_in(refused: Callable[[Call], bool]) -> Gateway:
    """What says nothing of its refusals, as claude gateway does over a cloud provider."""

    def before(call: Call) -> Response | None:
        if call.path != "/v1/messages" or not call.body or not call.body.get("tools") or not refused(call):
            return None
        return anthropic_error(400, "invalid_request_error", SILENT)

    return Gateway(before=before)


SWITCH = {"CLAUDE_CODE_USE_GATEWAY": "1"}


@pytest.mark.parametrize(
    ("refused", "cause"),
    [
        (lambda call: parts(call.headers, call.body)[0], "beta_flag_rejected"),
        (lambda call: has_system(call.body), "system_role_rejected"),
    ],
    ids=["tool search", "role system"],
)
async def test_signed_in_to_a_gateway_it_drops_more(refused: Callable[[Call], bool], cause: str) -> None:
    answer = await check(refusing_signed_in(refused), variables=SWITCH)
    assert (answer.verdict, answer.findings[0].id) == ("warnings", cause)


async def test_an_older_client_drops_one_beta_of_its_fable_model_only() -> None:
    def before(call: Call) -> Response | None:
        refused = call.path == "/v1/messages" and "fallback-credit-" in call.headers.get("anthropic-beta", "")
        return anthropic_error(400, "invalid_request_error", SILENT) if refused else None

    gateway = Gateway(before=before, models=("claude-fable-5",))
    with running(gateway) as url:
        shell = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_MODEL": "claude-fable-5", "ANTHROPIC_AUTH_TOKEN": KEY}
        answer = await operation.run(snapshot=Snapshot(shell={**shell, **SWITCH}, client_version="2.1.197"))
    assert answer.verdict == "warnings"
    assert "fallback-credit" in answer.findings[0].problem


async def test_nothing_is_sent_twice_and_the_number_is_told() -> None:
    """Display and deferred tools are no part of the small message, so four of six variants are left."""
    gateway = Gateway(
        before=lambda call: (
            anthropic_error(400, "invalid_request_error", SILENT) if call.path == "/v1/messages" and call.body else None
        )
    )
    answer = await check(gateway)
    betas = [call.headers.get("anthropic-beta") for call in gateway.messages]
    assert answer.verdict == "errors"
    assert len(betas) == len(set(betas)) == 5  # the last is the plainest message, which shows whether anything passes
    assert any(line.startswith("3 of them because Claude Code 2.1.330 repeats") for line in answer.context)


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
@pytest.mark.parametrize("switched", [{}, SWITCH], ids=["plain", "claude gateway"])
async def test_the_real_client_tries_these_variants_and_no_others(tmp_path: Path, switched: dict[str, str]) -> None:
    emulator = AnthropicEmulator()
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": SILENT}}
    emulator.fault(None, 400, body, times=20)
    with running(emulator) as url:
        reply = await ask(
            claude_code(newest_claude_code()),
            "hi",
            home=tmp_path / "home",
            project=tmp_path,
            environment={"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "lab-token", **switched},
            options=("--model", MODEL),
        )
    assert (reply.is_error, SILENT in reply.text) == (True, True)
    sent = [parts(call.headers, call.body) for call in emulator.requests if call.path == "/v1/messages"]
    gateway = "CLAUDE_CODE_USE_GATEWAY" in switched
    stages = [(True, True), (False, True), (False, False), *([(False, False)] if gateway else [])]
    assert sent == [(search, *stage) for search in (True, False) for stage in stages]
    if gateway:
        system = [has_system(call.body) for call in emulator.requests if call.path == "/v1/messages"]
        assert system == [True, True, True, False] * 2
