"""Every check passes on a healthy gateway, and fails on one that is broken in exactly its place, and only it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from mcp_server.catalogue.load import causes
from mcp_server.catalogue.protocol import demands
from mcp_server.lab.serve import running
from mcp_server.matrix import Cell, Matrix
from mcp_server.operations import compatibility
from mcp_server.probe.checks import CHECKS, idle
from mcp_server.probe.reply import stream_checks
from tests.probe.checks.breaking import KEY, MODEL, Broken, Call, Events, machine, refusal

pytestmark = pytest.mark.anyio


def refusing(when: Callable[[Call], Any], text: str = "this is not accepted here", status: int = 400) -> Broken:
    """Refuses the messages for which ``when`` is true."""
    return Broken(before=lambda call: refusal(text, status) if call.message and call.body and when(call) else None)


def altering(
    change: Callable[[Call, str, dict[str, Any]], Any], when: Callable[[Call], Any] = lambda call: True
) -> Broken:
    """Changes the data of events in place."""

    def events(call: Call, events: Events) -> Events:
        for name, data in events:
            if when(call):
                change(call, name, data)
        return events

    return Broken(events=events)


def dropping(name: str, when: Callable[[Call], Any] = lambda call: True) -> Broken:
    return Broken(events=lambda call, events: [e for e in events if e[0] != name or not when(call)])


def on_delta(field: str, change: Callable[[str], str]) -> Callable[[Call, str, dict[str, Any]], None]:
    def apply(_call: Call, name: str, data: dict[str, Any]) -> None:
        if name == "content_block_delta" and field in data["delta"]:
            data["delta"][field] = change(data["delta"][field])

    return apply


def on_stop(old: str, new: str) -> Callable[[Call, str, dict[str, Any]], None]:
    def apply(_call: Call, name: str, data: dict[str, Any]) -> None:
        if name == "message_delta" and data["delta"].get("stop_reason") == old:
            data["delta"]["stop_reason"] = new

    return apply


def on_usage(change: Callable[[dict[str, Any]], None]) -> Callable[[Call, str, dict[str, Any]], None]:
    def apply(_call: Call, name: str, data: dict[str, Any]) -> None:
        usage = data.get("usage") or data.get("message", {}).get("usage")
        if usage:
            change(usage)

    return apply


def offers(name: str) -> Callable[[Call], bool]:
    return lambda call: any(tool["name"] == name for tool in call.body.get("tools", ()))


def whole_arguments(replaced: Callable[[str], str]) -> Callable[[Call, Events], Events]:
    """All parts of the arguments in one event, changed."""

    def events(call: Call, events: Events) -> Events:
        parts = [d["delta"]["partial_json"] for n, d in events if "partial_json" in d.get("delta", {})]
        kept: Events = []
        for name, data in events:
            if "partial_json" in data.get("delta", {}):
                if not parts:
                    continue
                data["delta"]["partial_json"] = replaced("".join(parts))
                parts = []
            kept.append((name, data))
        return kept

    return events


def only_for(when: Callable[[Call], Any], change: Callable[[Call, Events], Events]) -> Broken:
    return Broken(events=lambda call, events: change(call, events) if when(call) else events)


def without_tags(arguments: str) -> str:
    data = json.loads(arguments)
    data["options"].pop("tags", None)
    return json.dumps(data)


def small_tool_request(call: Call) -> bool:
    return call.tools == 1 and "thinking" not in call.body


def twice_started(_call: Call, events: Events) -> Events:
    return [events[0], *events]


def ends_at_done(_call: Call, events: Events) -> Events:
    """As LiteLLM does behind an OpenAI-compatible provider: a text with [DONE] in it ends the block."""
    kept: Events = []
    for name, data in events:
        if "[DONE]" in str(data.get("delta", {}).get("text", "")):
            kept.append(("content_block_stop", {"type": "content_block_stop", "index": data["index"]}))
        else:
            kept.append((name, data))
    return kept


def same_ids(_call: Call, name: str, data: dict[str, Any]) -> None:
    if data.get("content_block", {}).get("type") == "tool_use":
        data["content_block"]["id"] = "toolu_same"


def stream_type(_call: Call, headers: dict[str, str], body: bytes) -> bytes:
    if headers.get("content-type", "").startswith("text/event-stream"):
        headers["content-type"] = "text/x-stream"
    return body


def no_request_id(_call: Call, headers: dict[str, str], body: bytes) -> bytes:
    headers.pop("request-id", None)
    return body


def same_input(usage: dict[str, Any]) -> None:
    usage["input_tokens"] = 21


def no_cache(usage: dict[str, Any]) -> None:
    usage.update(cache_creation_input_tokens=0, cache_read_input_tokens=0, input_tokens=21_000)


def other_model(_call: Call, name: str, data: dict[str, Any]) -> None:
    if name == "message_start":
        data["message"]["model"] = "claude-haiku-5-5"


def unsigned(_call: Call, name: str, data: dict[str, Any]) -> None:
    if data.get("delta", {}).get("type") == "signature_delta":
        data["delta"]["signature"] = ""


def right_key(call: Call) -> None:
    call.headers["authorization"] = f"Bearer {KEY}"


def any_model(call: Call) -> None:
    if call.message and call.body:
        call.body["model"] = MODEL


def collected(call: Call, body: bytes) -> float:
    """As a gateway that sends nothing before everything is there."""
    return 0.9 if call.message and b" 150 151 152" in body else 0.0


def one_at_a_time() -> Broken:
    """Refuses a second request of the same session while the first is under way."""
    under_way: set[str] = set()

    def before(call: Call) -> Response | None:
        session = call.headers.get("x-claude-code-session-id", "")
        if not call.message or len(call.betas) < 3 or call.tools:
            return None
        if session in under_way:
            under_way.discard(session)
            return JSONResponse(
                {"type": "error", "error": {"type": "rate_limit_error", "message": "max parallel request limit"}},
                429,
                {"retry-after": "0"},
            )
        under_way.add(session)
        return None

    return Broken(before=before)


def not_for(path: str, answer: Callable[[], Response], method: str = "") -> Broken:
    return Broken(before=lambda call: answer() if call.path == path and method in ("", call.method) else None)


def has_cached_system(call: Call) -> bool:
    return any("cache_control" in block for block in call.body.get("system", ()))


def roles(call: Call) -> list[str]:
    return [message["role"] for message in call.body["messages"]]


def per_message(call: Call) -> bool:
    return any("output_config" in message for message in call.body["messages"])


def image_in(result: dict[str, Any]) -> bool:
    return isinstance(result["content"], list) and any(part["type"] == "image" for part in result["content"])


@dataclass(frozen=True)
class Fault:
    """``outcome`` and ``cause`` of the check; ``also``: checks that cannot pass either."""

    gateway: Callable[[], Broken]
    outcome: str
    cause: str
    also: frozenset[str] = frozenset()


FAULTS: dict[str, Fault] = {
    "first_event": Fault(lambda: Broken(delay=lambda call, body: 0.15), "warn", "slow_first_byte"),
    "event_order": Fault(
        lambda: Broken(events=twice_started),
        "fail",
        "stream_malformed",
        frozenset({"client_request", "prompt_caching"}),
    ),
    "message_stop": Fault(lambda: dropping("message_stop"), "fail", "stream_cut"),
    "stream_headers": Fault(lambda: Broken(whole=stream_type), "fail", "response_shape_invalid"),
    "stop_reason": Fault(lambda: altering(on_stop("end_turn", "stop")), "warn", "stream_malformed"),
    "usage": Fault(lambda: altering(on_usage(same_input), lambda call: not call.tools), "fail", "usage_missing"),
    "answering_model": Fault(lambda: altering(other_model), "fail", "wrong_model_answered"),
    "text_intact": Fault(
        lambda: altering(on_delta("text", lambda t: t.replace("ï", "?"))), "fail", "response_shape_invalid"
    ),
    "text_like_framing": Fault(lambda: Broken(events=ends_at_done), "fail", "stream_malformed"),
    "streamed": Fault(lambda: Broken(delay=collected), "fail", "response_not_streamed"),
    "tool_call": Fault(
        lambda: only_for(
            small_tool_request, whole_arguments(lambda raw: without_tags(raw) if "options" in raw else raw)
        ),
        "fail",
        "tool_call_lost",
    ),
    "tool_arguments_empty": Fault(
        lambda: only_for(offers("list_open_crates"), whole_arguments(lambda _: "null")), "fail", "tool_call_lost"
    ),
    "tool_arguments_long": Fault(
        lambda: only_for(offers("store_numbered_lines"), whole_arguments(lambda raw: raw[:1_000])),
        "fail",
        "tool_call_lost",
    ),
    "parallel_tools": Fault(lambda: altering(same_ids, offers("read_left_shelf")), "fail", "tool_call_lost"),
    "tool_result_text": Fault(
        lambda: refusing(
            lambda call: small_tool_request(call)
            and any(
                set(r) == {"type", "tool_use_id", "content"} and isinstance(r["content"], str) for r in call.results()
            )
        ),
        "fail",
        "tool_call_lost",
    ),
    "tool_result_blocks": Fault(
        lambda: refusing(
            lambda call: small_tool_request(call)
            and any(isinstance(r["content"], list) and not image_in(r) for r in call.results())
        ),
        "fail",
        "tool_call_lost",
    ),
    "tool_result_error": Fault(
        lambda: refusing(lambda call: any("is_error" in result for result in call.results())),
        "fail",
        "body_field_rejected",
    ),
    "tool_result_image": Fault(
        lambda: refusing(lambda call: any(image_in(result) for result in call.results())), "fail", "body_field_rejected"
    ),
    "betas_together": Fault(
        lambda: refusing(
            lambda call: {"effort-2025-11-24", "per-turn-control-2026-07-01"} <= set(call.betas),
            "invalid beta flag",
        ),
        "fail",
        "beta_flag_rejected",
    ),
    "betas_each": Fault(
        lambda: refusing(lambda call: call.betas == ["effort-2025-11-24"], "invalid beta flag"),
        "fail",
        "beta_flag_rejected",
    ),
    "thinking": Fault(
        lambda: refusing(
            lambda call: "thinking" in call.body and not call.tools and "context_management" not in call.body
        ),
        "fail",
        "thinking_param_unsupported",
    ),
    "thinking_loop": Fault(
        lambda: altering(unsigned, lambda call: call.tools == 1), "fail", "reasoning_signature_invalid"
    ),
    "context_management": Fault(
        lambda: refusing(lambda call: "context_management" in call.body and not call.tools),
        "fail",
        "body_field_rejected",
    ),
    "output_config": Fault(
        lambda: refusing(
            lambda call: "effort" in call.body.get("output_config", {}) and not call.tools,
            "output_config: Extra inputs are not permitted",
        ),
        "fail",
        "body_field_rejected",
    ),
    "output_config_per_message": Fault(
        lambda: refusing(lambda call: per_message(call) and not call.tools), "fail", "body_field_rejected"
    ),
    "system_role": Fault(
        lambda: refusing(lambda call: "system" in roles(call) and not per_message(call)), "fail", "system_role_rejected"
    ),
    "cache_control": Fault(
        lambda: refusing(lambda call: has_cached_system(call) and not call.tools), "fail", "cache_control_rejected"
    ),
    "deferred_tools": Fault(lambda: refusing(offers("read_deferred_value"), status=422), "fail", "body_field_rejected"),
    "max_tokens": Fault(
        lambda: refusing(lambda call: call.body["max_tokens"] == 128_000 and not call.tools),
        "fail",
        "max_tokens_exceeds_model",
    ),
    "structured_output": Fault(
        lambda: refusing(lambda call: "format" in call.body.get("output_config", {})), "fail", "body_field_rejected"
    ),
    "client_request": Fault(
        lambda: refusing(lambda call: call.tools > 5, "too much at once"),
        "fail",
        "body_field_rejected",
        frozenset({"prompt_caching"}),
    ),
    "auto_mode": Fault(
        lambda: Broken(change=lambda call: call.body.pop("safeguards", None)), "warn", "body_field_rejected"
    ),
    "prompt_caching": Fault(
        lambda: altering(on_usage(no_cache), lambda call: call.tools > 5), "warn", "cache_control_rejected"
    ),
    "stop_max_tokens": Fault(lambda: altering(on_stop("max_tokens", "end_turn")), "fail", "stream_malformed"),
    "stop_sequence": Fault(
        lambda: Broken(change=lambda call: call.body.pop("stop_sequences", None)), "warn", "body_field_rejected"
    ),
    "non_streaming": Fault(
        lambda: refusing(
            lambda call: "stream" not in call.body and call.body["messages"], "only streams are served", 422
        ),
        "fail",
        "response_shape_invalid",
    ),
    "concurrency": Fault(one_at_a_time, "warn", "gateway_rate_limit"),
    "extra_headers": Fault(
        lambda: refusing(lambda call: "x-llm-gateway-check" in call.headers, "unknown header", 400),
        "fail",
        "client_headers_not_preserved",
    ),
    "large_body": Fault(
        lambda: Broken(
            before=lambda call: PlainTextResponse("too large", 413)
            if int(call.headers.get("content-length", 0)) > 1_000_000
            else None
        ),
        "fail",
        "request_body_too_large",
    ),
    "error_shape": Fault(
        lambda: Broken(
            before=lambda call: PlainTextResponse("Bad Request", 400, {"request-id": "req_1"})
            if call.message and call.body.get("messages") == []
            else None
        ),
        "fail",
        "response_shape_invalid",
    ),
    "request_id": Fault(lambda: Broken(whole=no_request_id), "warn", "client_headers_not_preserved"),
    "wrong_credential": Fault(lambda: Broken(change=right_key), "warn", "gateway_config_invalid"),
    "unknown_model": Fault(lambda: Broken(change=any_model), "warn", "wrong_model_answered"),
    "count_tokens": Fault(
        lambda: not_for("/v1/messages/count_tokens", lambda: JSONResponse({"detail": "Not Found"}, 404)),
        "warn",
        "count_tokens_unsupported",
    ),
    "models_list": Fault(
        lambda: not_for(
            "/v1/models", lambda: JSONResponse({"data": [{"id": MODEL}, {"name": "without an id"}]}), "GET"
        ),
        "warn",
        "gateway_model_not_mapped",
    ),
    "head": Fault(
        lambda: not_for("/api/hello", lambda: RedirectResponse("https://login.example.com", 302)),
        "warn",
        "route_not_found",
    ),
}


async def report(gateway: Broken, only: list[str] | None = None, **more: Any) -> Matrix:
    with running(gateway) as url:
        return await compatibility.run(snapshot=machine(url), only=only, **more)


def cells(matrix: Matrix) -> dict[str, Cell]:
    return {cell.check: cell for cell in matrix.columns[0].cells}


async def test_a_healthy_gateway_passes_every_check() -> None:
    matrix = await report(Broken())
    assert {c.check: c.detail for c in cells(matrix).values() if c.outcome != "pass"} == {}
    assert matrix.exit_code == 0
    for level in ("must", "should", "optional"):
        passed, asked = matrix.columns[0].score(level)
        assert passed == asked > 0


@pytest.mark.parametrize("check", FAULTS)
async def test_a_gateway_broken_in_one_place_fails_that_check_and_no_other(
    check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FAULTS[check]
    if check == "first_event":
        monkeypatch.setattr(stream_checks, "SLOW_SECONDS", 0.1)
    matrix = await report(fault.gateway())
    found = cells(matrix)
    assert found[check].outcome == fault.outcome, found[check].detail
    assert found[check].findings[0].id == fault.cause, found[check].findings
    assert found[check].findings[0].fix
    others = {c.check: c.detail for c in found.values() if c.outcome != "pass" and c.check != check}
    assert set(others) <= fault.also, others
    must = demands()[check].level == "must"
    assert matrix.exit_code == (1 if must and fault.outcome == "fail" else 0)


def test_every_check_has_a_demand_a_fault_and_a_known_cause() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(demands())
    assert set(FAULTS) == {check.id for check in CHECKS if not check.opt_in}
    assert {fault.cause for fault in FAULTS.values()} <= set(causes())
    assert all(set(check.after) <= set(ids[: ids.index(check.id)]) for check in CHECKS)


async def test_together_refused_beta_names_are_found_by_leaving_some_out() -> None:
    matrix = await report(FAULTS["betas_together"].gateway(), only=["betas_together"])
    said = cells(matrix)["betas_together"].detail
    assert "because of per-turn-control-2026-07-01, effort-2025-11-24" in said
    assert "leave them out" in matrix.columns[0].note


@pytest.mark.parametrize(
    ("silence", "status", "outcome"), [(0.3, 200, "pass"), (0.0, 200, "undecided"), (0.3, 504, "fail")]
)
async def test_a_silent_connection_is_survived_cut_or_too_short_to_tell(
    silence: float, status: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "SILENCE", 0.2)

    def asked(call: Call) -> bool:
        return call.body.get("max_tokens") == idle.OUTPUT_TOKENS

    gateway = Broken(delay=lambda call, body: silence if asked(call) else 0.0)
    if status != 200:
        gateway.before = lambda call: refusal("upstream timed out", status) if asked(call) else None
    matrix = await report(gateway, only=["idle"])
    assert cells(matrix)["idle"].outcome == outcome


async def test_what_the_client_heals_is_a_warning_and_names_the_price() -> None:
    gateway = refusing(
        lambda call: "context_management" in call.body, "context_management: Extra inputs are not permitted"
    )
    found = cells(await report(gateway, only=["context_management", "client_request"]))
    assert {cell.outcome for cell in found.values()} == {"warn"}
    assert "one more request" in found["context_management"].detail
    assert "leaves out context_management" in found["client_request"].detail


async def test_whole_messages_instead_of_streams_fail_the_checks_of_streaming_and_no_other() -> None:
    """As a gateway that collects everything: Claude Code asks each time again without a stream, and works."""

    def unstreamed(call: Call) -> None:
        if call.message:
            call.body.pop("stream", None)

    found = cells(await report(Broken(change=unstreamed)))
    failed = {check for check, cell in found.items() if cell.outcome == "fail"}
    assert failed == {"first_event", "event_order", "message_stop", "stream_headers", "streamed"}, {
        check: cell.detail for check, cell in found.items() if cell.outcome == "fail"
    }
    assert {found[check].outcome for check in ("tool_call", "client_request", "text_intact", "usage")} <= {
        "pass",
        "warn",
    }


async def test_deferred_tools_refused_in_any_words_are_left_out_by_the_client() -> None:
    found = cells(await report(refusing(offers("read_deferred_value")), only=["deferred_tools"]))
    assert found["deferred_tools"].outcome == "warn"


async def test_a_model_without_tool_use_fails_once_and_not_with_every_check_of_tools() -> None:
    def no_tools(call: Call) -> None:
        call.body.pop("tools", None)

    matrix = await report(Broken(change=no_tools))
    found = cells(matrix)
    assert found["tool_call"].findings[0].id == "model_lacks_tool_use"
    assert {c for c in found if found[c].outcome == "fail"} == {"tool_call", "client_request"}
    assert found["tool_result_text"].outcome == "skip"
