"""``GET /managed/settings`` of a client that is signed in: what starts it and what stops it (each row measured)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gateways import KEY, MODEL, Call, Gateway
from starlette.responses import JSONResponse, Response

from mcp_server.answer import Answer
from mcp_server.lab.serve import running
from mcp_server.operations import compatibility
from mcp_server.operations import test_model as operation
from mcp_server.snapshot import GatewayLogin, Snapshot

pytestmark = pytest.mark.anyio
PATH = "/managed/settings"


def settings(answer: Callable[[], Response]) -> Gateway:
    return Gateway(before=lambda call: answer() if call.path == PATH else None)


def machine(url: str, **more: Any) -> Snapshot:
    login = GatewayLogin("credentials", url, KEY, **more)
    return Snapshot(shell={"ANTHROPIC_MODEL": MODEL}, client_version="2.1.330", gateway_login=login)


async def check(gateway: Gateway, level: str = "claude-code", *, dry_run: bool = False, **more: Any) -> Answer:
    with running(gateway) as url:
        return await operation.run(level=level, dry_run=dry_run, snapshot=machine(url, **more))


def asked(gateway: Gateway) -> list[Call]:
    return [call for call in gateway.calls if call.path == PATH]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response(status_code=204),
        lambda: JSONResponse({"error": "none"}, 404),
        lambda: JSONResponse({"uuid": "1", "checksum": "x", "settings": {}}),
        lambda: JSONResponse({"uuid": "1", "checksum": "x", "settings": {"env": {"COMPANY": "example"}}}),
    ],
    ids=["204", "404", "empty", "some"],
)
async def test_with_settings_or_without_any_the_client_starts(answer: Callable[[], Response]) -> None:
    gateway = settings(answer)
    assert (await check(gateway)).verdict == "ok"
    (call,) = asked(gateway)
    assert call.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda: JSONResponse({}, 401), "gateway_key_rejected"),
        (lambda: JSONResponse({}, 403), "gateway_forbidden"),
        (lambda: JSONResponse({}, 429), "gateway_error"),
        (lambda: JSONResponse({}, 500), "gateway_error"),
        (lambda: JSONResponse({}), "gateway_config_invalid"),
        (lambda: JSONResponse([]), "gateway_config_invalid"),
        (lambda: Response("<html>" * 9), "gateway_config_invalid"),
        (lambda: JSONResponse({"settings": {"availableModels": "x"}}), "gateway_config_invalid"),
    ],
    ids=["401", "403", "429", "500", "no settings", "a list", "a page", "wrong value"],
)
async def test_otherwise_it_refuses_to_start_and_no_message_is_sent(answer: Callable[[], Response], cause: str) -> None:
    gateway = settings(answer)
    found = await check(gateway)
    assert (found.verdict, found.findings[0].id) == ("errors", cause)
    assert gateway.messages == []


async def test_their_model_is_the_one_that_is_asked() -> None:
    served = {"settings": {"env": {"ANTHROPIC_MODEL": "company-model"}}}
    gateway = Gateway(
        before=lambda call: JSONResponse(served) if call.path == PATH else None, models=(MODEL, "company-model")
    )
    found = await check(gateway)
    assert found.verdict == "ok"
    assert {call.body["model"] for call in gateway.messages} == {"company-model"}
    assert any("env.ANTHROPIC_MODEL" in line for line in found.context)


async def test_they_are_not_asked_for_where_nothing_or_no_credential_may_leave() -> None:
    gateway = settings(lambda: JSONResponse({}, 500))
    assert (await check(gateway, dry_run=True)).verdict == "unknown"
    assert gateway.calls == []
    assert (await check(gateway, "status")).verdict == "ok"
    assert asked(gateway) == []


async def test_a_sign_in_that_the_client_renews_first_is_not_judged() -> None:
    gateway = settings(lambda: JSONResponse({}, 401))
    found = await check(gateway, ended=True, renewable=True)
    assert (found.verdict, gateway.calls) == ("unknown", [])
    assert "claude -p hi" in found.quick_answer


async def test_an_ended_sign_in_alone_is_an_error() -> None:
    gateway = settings(lambda: Response(status_code=204))
    found = await check(gateway, ended=True)
    assert (found.verdict, found.findings[0].id, gateway.calls) == ("errors", "login_state_required", [])


async def test_the_report_stops_there_too() -> None:
    gateway = settings(lambda: JSONResponse({}, 500))
    with running(gateway) as url:
        matrix = await compatibility.run(snapshot=machine(url))
    assert (matrix.columns, gateway.messages) == ([], [])
