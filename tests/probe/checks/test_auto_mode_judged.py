"""The check of auto mode says what the real client makes of each gateway, and says nothing where nobody is in it.

The outcomes were measured with Claude Code 2.1.330: whether it ran a command in auto mode behind such a gateway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from mcp_server.lab.serve import running
from mcp_server.matrix import Cell
from mcp_server.operations import compatibility, test_model
from mcp_server.snapshot import SettingsFile, Snapshot
from tests.probe.checks.breaking import MODEL, Broken, Call, Events, machine, refusal

pytestmark = pytest.mark.anyio

CHOSEN = {"permissions": {"defaultMode": "auto"}}
OWN_JUDGE = {"CLAUDE_CODE_AUTO_MODE_SERVER": "0"}


def in_mode(url: str, settings: dict[str, Any] | None = None, **variables: str) -> Snapshot:
    files = () if settings is None else (SettingsFile("user", "settings.json", settings),)
    return replace(machine(url, **variables), settings_files=files)


async def asked(gateway: Broken, settings: dict[str, Any] | None = None, **variables: str) -> Cell:
    with running(gateway) as url:
        matrix = await compatibility.run(snapshot=in_mode(url, settings, **variables), only=["auto_mode"])
    return matrix.columns[0].cells[0]


def judging(change: Callable[[dict[str, Any]], Any]) -> Broken:
    """Replaces ``safeguard_results``; ``change`` gets the judgements by the id of the call."""

    def events(_call: Call, events: Events) -> Events:
        for _, data in events:
            if results := data.get("delta", {}).pop("safeguard_results", None):
                data["delta"]["safeguard_results"] = change(results[0]["status"]["tool_uses"])
        return events

    return Broken(events=events)


def of_kind(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "dangerous_tool_use", "status": status}]


def beside_the_delta(_call: Call, events: Events) -> Events:
    for _, data in events:
        if results := data.get("delta", {}).pop("safeguard_results", None):
            data["safeguard_results"] = results
    return events


def in_a_delta_of_its_own(_call: Call, events: Events) -> Events:
    kept: Events = []
    for name, data in events:
        if results := data.get("delta", {}).pop("safeguard_results", None):
            alone = {"stop_reason": None, "stop_sequence": None, "safeguard_results": results}
            kept.append((name, {**data, "delta": alone}))
        kept.append((name, data))
    return kept


def refusing_it(status: int, text: str) -> Broken:
    return Broken(before=lambda call: refusal(text, status) if call.body.get("safeguards") else None)


SKIPPED = {"type": "skipped"}
FLAGGED = {"type": "evaluated", "outcome": "flagged"}
GATEWAYS: dict[str, tuple[Callable[[], Broken], str, str]] = {
    "healthy": (Broken, "pass", "was judged"),
    "flagged": (
        lambda: judging(lambda calls: of_kind({"type": "available", "tool_uses": dict.fromkeys(calls, FLAGGED)})),
        "pass",
        "was judged",
    ),
    "in a delta of its own": (lambda: Broken(events=in_a_delta_of_its_own), "pass", "was judged"),
    "beside the delta": (lambda: Broken(events=beside_the_delta), "warn", "carries no safeguard_results"),
    "empty list": (lambda: judging(lambda calls: []), "warn", "holds no dangerous_tool_use"),
    "text": (lambda: judging(lambda calls: "fine"), "warn", "holds no dangerous_tool_use"),
    "unsupported": (lambda: judging(lambda calls: of_kind({"type": "unsupported"})), "warn", "is unsupported"),
    "unavailable": (
        lambda: judging(lambda calls: of_kind({"type": "unavailable", "reason": "error"})),
        "warn",
        "is unavailable",
    ),
    "other id": (
        lambda: judging(lambda calls: of_kind({"type": "available", "tool_uses": {"other": FLAGGED}})),
        "warn",
        "does not name the id",
    ),
    "skipped": (
        lambda: judging(lambda calls: of_kind({"type": "available", "tool_uses": dict.fromkeys(calls, SKIPPED)})),
        "warn",
        "was not judged (skipped)",
    ),
    "refused as the provider does": (
        lambda: refusing_it(400, "safeguards: Extra inputs are not permitted"),
        "warn",
        "leaves it out",
    ),
    "refused in other words": (lambda: refusing_it(400, "this is not accepted here"), "warn", "leaves it out"),
    "refused with 422": (lambda: refusing_it(422, "unknown key"), "warn", "leaves it out"),
    "refused with 403": (lambda: refusing_it(403, "blocked by policy"), "fail", "refused with 403"),
}


@pytest.mark.parametrize("name", GATEWAYS)
async def test_each_gateway_is_told_as_the_client_sees_it(name: str) -> None:
    gateway, outcome, said = GATEWAYS[name]
    cell = await asked(gateway())
    assert (cell.outcome, said in cell.detail) == (outcome, True), cell.detail
    if outcome == "warn":
        assert {(f.severity, f.id) for f in cell.findings} == {("warning", "body_field_rejected")}
        assert "CLAUDE_CODE_AUTO_MODE_SERVER=0" in cell.findings[0].fix


async def test_where_the_settings_choose_auto_mode_a_dropped_judgement_is_an_error() -> None:
    dropped = Broken(events=beside_the_delta)
    assert (await asked(dropped, CHOSEN)).outcome == "fail"


@pytest.mark.parametrize(
    "settings",
    [{"permissions": {"defaultMode": "plan"}}, {**CHOSEN, "disableAutoMode": "disable"}],
)
async def test_nothing_is_asked_where_the_settings_keep_sessions_out_of_it(settings: dict[str, Any]) -> None:
    gateway = Broken()
    cell = await asked(gateway, settings)
    assert (cell.outcome, "auto mode is off" in cell.detail) == ("skip", True)
    assert not any("safeguards" in call.body for call in gateway.calls)


async def test_nothing_is_asked_for_a_client_that_knows_no_judge() -> None:
    gateway = Broken()
    with running(gateway) as url:
        old = replace(machine(url), client_version="2.1.197")
        cell = (await compatibility.run(snapshot=old, only=["auto_mode"])).columns[0].cells[0]
    assert cell.outcome == "skip"
    assert not any("safeguards" in call.body for call in gateway.calls)


def judge(answer: Callable[[Call], Response | None]) -> Broken:
    """Answers what auto mode asks a model."""
    return Broken(before=lambda call: answer(call) if call.body.get("stop_sequences") == ["</severity>"] else None)


def message(text: str, reason: str = "end_turn") -> Response:
    content = [{"type": "text", "text": text}]
    usage = {"input_tokens": 9, "output_tokens": 3}
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": content}
    return JSONResponse({**whole, "stop_reason": reason, "stop_sequence": None, "usage": usage})


def not_sonnet(status: int) -> Callable[[Call], Response | None]:
    return lambda call: refusal("no such model", status) if call.body["model"] == "claude-sonnet-5" else None


JUDGES: dict[str, tuple[Callable[[Call], Response | None], str, str]] = {
    "the session's model judges where the client's own is not served": (lambda call: None, "pass", "was refused"),
    "a refused key ends it": (not_sonnet(401), "warn", "claude-sonnet-5 is refused with 401"),
    "a forbidden model does not": (not_sonnet(403), "pass", "was refused"),
    "an open tag is enough": (lambda call: message("<severity>10"), "pass", "claude-sonnet-5 answers"),
    "a bare number is not": (lambda call: message("10"), "warn", "the answer is another one"),
    "a cut answer is not": (lambda call: message("<severity>10", "max_tokens"), "warn", "output limit"),
    "nobody judges": (lambda call: refusal("no such model", 404), "warn", f"{MODEL} is refused with 404"),
    "a gateway in trouble says nothing": (lambda call: refusal("no", 500), "undecided", "not decided"),
    "no message": (lambda call: JSONResponse({"choices": []}), "warn", "no JSON message"),
}


@pytest.mark.parametrize("name", JUDGES)
async def test_a_model_that_is_asked_instead_is_proved_as_the_client_asks_it(name: str) -> None:
    answer, outcome, said = JUDGES[name]
    gateway = judge(answer)
    cell = await asked(gateway, **OWN_JUDGE)
    assert (cell.outcome, said in cell.detail) == (outcome, True), cell.detail
    assert not any("safeguards" in call.body for call in gateway.calls)
    if outcome == "warn":
        assert "CLAUDE_CODE_AUTO_MODE_MODEL" in cell.findings[0].fix


async def test_the_model_that_the_settings_name_is_the_one_that_is_asked() -> None:
    gateway = judge(lambda call: message("<severity>10"))
    cell = await asked(gateway, **OWN_JUDGE, CLAUDE_CODE_AUTO_MODE_MODEL="our-judge")
    assert (cell.outcome, "our-judge answers" in cell.detail) == ("pass", True)


async def proof(gateway: Broken, settings: dict[str, Any] | None) -> tuple[str, set[str], int]:
    """Verdict and ids of test_model, and how many requests asked for a judgement."""
    with running(gateway) as url:
        answer = await test_model.run(snapshot=in_mode(url, settings))
    judged = sum("safeguards" in call.body for call in gateway.calls)
    return answer.verdict, {f.id for f in answer.findings if f.severity == "error"}, judged


async def test_test_model_is_not_ok_where_auto_mode_is_chosen_and_nobody_judges() -> None:
    dropped = Broken(events=beside_the_delta)
    assert await proof(dropped, CHOSEN) == ("errors", {"body_field_rejected"}, 1)
    assert await proof(Broken(), CHOSEN) == ("ok", set(), 1)


async def test_test_model_asks_for_no_judgement_where_auto_mode_is_not_chosen() -> None:
    dropped = Broken(events=beside_the_delta)
    assert await proof(dropped, None) == ("ok", set(), 0)
