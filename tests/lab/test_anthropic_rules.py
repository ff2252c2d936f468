"""What Anthropic's service refuses beyond the types, and what the emulator keeps of a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.anthropic_rules import Terms, problem
from mcp_server.lab.claude_facts import claude_model, facts, known_betas
from mcp_server.lab.serve import running
from mcp_server.lab.thinking import genuine, signature

KEY = {"anthropic-version": "2023-06-01", "x-api-key": "k"}
READ = {"name": "Read", "input_schema": {"type": "object"}}
BASH = {"name": "Bash", "input_schema": {"type": "object"}}
ORDER = 'Call the tool "Read" once, with exactly this JSON as its input: {"path": "/a"}'
BOTH = 'Call these tools at once: [{"name": "Read", "input": {"n": 1}}, {"name": "Bash", "input": {"n": 2}}]'
MARK = {"type": "ephemeral"}
ADAPTIVE = {"type": "adaptive"}
BUDGET = {"type": "enabled", "budget_tokens": 1024}
OLD, BETWEEN, NEW = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5-5"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(AnthropicEmulator()) as base:
        yield base


def body(*contents: Any, model: str = NEW, **more: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    turns = [{"role": roles[n % 2], "content": content} for n, content in enumerate(contents or ("hi",))]
    return {"model": model, "max_tokens": 2000, "messages": turns, **more}


def post(url: str, request: Any, betas: str = "", path: str = "/v1/messages") -> httpx.Response:
    headers = {**KEY, **({"anthropic-beta": betas} if betas else {})}
    return httpx.post(f"{url}{path}", json=request, headers=headers, verify=False, timeout=30)


def message_of(answer: httpx.Response) -> str:
    text: str = answer.json()["error"]["message"]
    assert answer.headers["request-id"] == answer.json()["request_id"]
    return text


@pytest.mark.parametrize(
    ("request_", "betas", "message"),
    [
        (body(), "made-up-1", "Unexpected value(s) `made-up-1` for the `anthropic-beta` header."),
        (body(), "effort-2025-11-24, x, y", "Unexpected value(s) `x`, `y` for the `anthropic-beta` header."),
        (body(context_management={"edits": []}), "effort-2025-11-24", "context_management: Extra inputs are not"),
        (body(safeguards=[]), "effort-2025-11-24", "safeguards: Extra inputs are not permitted"),
        (body(mcp_servers=[]), "effort-2025-11-24", "mcp_servers: Extra inputs are not permitted"),
        (
            body(output_config={"task_budget": {"type": "tokens", "total": 9}}),
            "effort-2025-11-24",
            "output_config.task_b",
        ),
        (
            body() | {"messages": [{"role": "system", "content": "x", "output_config": {"effort": "low"}}]},
            "effort-2025-11-24",
            "messages.0.output_config: Extra inputs are not permitted",
        ),
        (
            body(model=NEW, max_tokens=128_001),
            "",
            "max_tokens: 128001 > 128000, which is the maximum allowed number of",
        ),
        (body("x" * 900_000, model=OLD), "", "prompt is too long: 225008 tokens > 200000 maximum"),
        (body(model=OLD, thinking=ADAPTIVE), "", "adaptive thinking is not supported on this model"),
        (
            body(model=NEW, thinking=BUDGET),
            "",
            '"thinking.type.enabled" is not supported for this model. Use "thinking.',
        ),
        (
            body(model=NEW, thinking={"type": "disabled"}),
            "",
            '"thinking.type.disabled" is not supported for this model',
        ),
        (body(model="claude-3-5-haiku", thinking=BUDGET), "", "thinking: Extra inputs are not permitted"),
        (body(model=OLD, output_config={"effort": "high"}), "", "This model does not support the effort parameter."),
        (body(model=NEW, temperature=0.5), "", "`temperature` is deprecated for this model."),
        (
            body(model=OLD, temperature=0.5, thinking=BUDGET),
            "",
            "`temperature` may only be set to 1 when thinking is en",
        ),
        (
            body(model=OLD, max_tokens=1024, thinking=BUDGET),
            "",
            "`max_tokens` must be greater than `thinking.budget_to",
        ),
        (
            body(model=OLD, thinking={**BUDGET, "budget_tokens": 9}),
            "",
            "thinking.enabled.budget_tokens: Input should be",
        ),
        (
            body(model=OLD, thinking=BUDGET, tools=[READ], tool_choice={"type": "any"}),
            "",
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (
            body("a", model=OLD) | {"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
            "",
            "messages.1.role: role 'system' is not supported on this model",
        ),
        (body("a", "b", model=BETWEEN), "", "This model does not support assistant message prefill."),
        (body("a", "b ", model=OLD), "", "messages: final assistant content cannot end with trailing whitespace"),
        (body([{"type": "text", "text": ""}]), "", "messages: text content blocks must be non-empty"),
        (body(""), "", "messages.0: all messages must have non-empty content"),
        (
            body([{"type": "text", "text": "x", "cache_control": MARK}] * 5),
            "",
            "A maximum of 4 blocks with cache_control",
        ),
        (
            body(
                tools=[{"type": "computer_20250124", "name": "computer", "display_width_px": 9, "display_height_px": 9}]
            ),
            "effort-2025-11-24",
            "tools.0: Input tag 'computer_20250124' found using 'type' does not match any of the expected tags",
        ),
        (
            body([{"type": "tool_removal", "tool": {"type": "tool_reference", "name": "Read"}}]),
            "effort-2025-11-24",
            "messages.0.content.0: Input tag 'tool_removal' found using 'type' does not match any of the expected",
        ),
        (body(tools=[READ, READ]), "", "tools: Tool names must be unique."),
        (body(tools=[{**READ, "name": "a b"}]), "", "tools.0.custom.name: String should match pattern"),
        (body(tools=[{**READ, "input_schema": {}}]), "", "tools.0.custom.input_schema.type: Field required"),
        (
            body(tools=[{**READ, "input_schema": {"type": "object", "anyOf": []}}]),
            "",
            "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
        ),
        (body(tools=[{**READ, "defer_loading": True}]), "", "At least one tool must have defer_loading=false."),
        (
            body("a", [{"type": "thinking", "thinking": "t", "signature": "bm9uZQ=="}], "b"),
            "",
            "messages.1.content.0: Invalid `signature` in `thinking` block",
        ),
        (
            body("a", [{"type": "thinking", "thinking": "other", "signature": signature("t")}], "b"),
            "",
            "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be",
        ),
    ],
)
def test_a_request_that_the_service_refuses(url: str, request_: Any, betas: str, message: str) -> None:
    answer = post(url, request_, betas)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert message_of(answer).startswith(message)


@pytest.mark.parametrize(
    ("request_", "betas"),
    [
        (body(context_management={"edits": []}), "context-management-2025-06-27"),
        (body(safeguards=[{"type": "dangerous_tool_use"}]), "dangerous-tool-use-2026-09-03"),
        (body(model=OLD, thinking=BUDGET), ""),
        (body(model=OLD, max_tokens=1000, thinking=BUDGET, tools=[READ]), "interleaved-thinking-2025-05-14"),
        (body(model=BETWEEN, thinking=BUDGET), ""),
        (body(model=BETWEEN, thinking=ADAPTIVE, output_config={"effort": "high"}), ""),
        (body(model=NEW, temperature=1), ""),
        (body(model="an-alias-of-anything", thinking=BUDGET, temperature=1, max_tokens=500_000), ""),
        (body(tools=[READ, {**BASH, "defer_loading": True}]), ""),
        (body([{"type": "text", "text": "x", "cache_control": MARK}] * 4), ""),
        (body("a", [{"type": "thinking", "thinking": "", "signature": signature("t")}], "b"), ""),
    ],
)
def test_a_request_that_the_service_takes(url: str, request_: Any, betas: str) -> None:
    assert post(url, request_, betas).status_code == 200


@pytest.mark.parametrize("version", ["2.1.330", "2.1.197"])
def test_every_beta_that_the_recorded_client_sends_is_known(version: str) -> None:
    recorded = files("mcp_server.catalogue").joinpath(f"shapes/{version}.json").read_text(encoding="utf-8")
    sent = set(re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)*-20\d\d-?\d\d-?\d\d\b(?!-v)", recorded))
    no_betas = ("claude-sonnet", "claude-haiku", "claude-opus", "vertex-20", "bedrock-20")
    sent = {name for name in sent if not name.startswith(no_betas)}
    assert len(sent) > 5
    assert sent <= known_betas("anthropic")


@pytest.mark.parametrize("shown", ["summarized", "omitted"])
def test_thinking_comes_first_and_must_come_back_unchanged(url: str, shown: str) -> None:
    config = {"thinking": {**ADAPTIVE, "display": shown}, "tools": [READ]}
    thought, use = post(url, body(ORDER, **config)).json()["content"]
    assert bool(thought["thinking"]) == (shown == "summarized")
    assert genuine(thought["signature"])
    result = [{"type": "tool_result", "tool_use_id": use["id"], "content": "the note"}]
    told = post(url, body(ORDER, [thought, use], result, **config)).json()
    assert [block["type"] for block in told["content"]] == ["thinking", "text"]
    changed = post(url, body(ORDER, [{**thought, "thinking": "no"}, use], result, **config))
    assert "cannot be modified" in message_of(changed)


def test_a_tool_loop_that_has_lost_its_thinking_is_answered_without_thinking(url: str) -> None:
    config = {"model": OLD, "thinking": BUDGET, "tools": [READ]}
    _, use = post(url, body(ORDER, **config)).json()["content"]
    result = [{"type": "tool_result", "tool_use_id": use["id"], "content": "the note"}]
    told = post(url, body(ORDER, [use], result, **config)).json()
    assert [block["type"] for block in told["content"]] == ["text"]


def test_two_tools_are_called_in_one_turn_and_both_results_are_told(url: str) -> None:
    uses = post(url, body(BOTH, tools=[READ, BASH])).json()["content"]
    assert [(use["name"], use["input"]) for use in uses] == [("Read", {"n": 1}), ("Bash", {"n": 2})]
    results = [
        {"type": "tool_result", "tool_use_id": use["id"], "content": word}
        for use, word in zip(uses, ("one", "two"), strict=True)
    ]
    told = post(url, body(BOTH, uses, results, tools=[READ, BASH])).json()
    assert told["content"][0]["text"] == "The tools returned: one\ntwo"
    half = post(url, body(BOTH, uses, results[:1], tools=[READ, BASH]))
    assert "`tool_use` ids were found without `tool_result` blocks" in message_of(half)


def test_the_services_own_tool_search_brings_up_a_deferred_tool(url: str) -> None:
    search = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
    tools = [search, {**READ, "defer_loading": True}]
    blocks = post(url, body(ORDER, tools=tools)).json()["content"]
    assert [block["type"] for block in blocks] == ["server_tool_use", "tool_search_tool_result", "tool_use"]
    found = blocks[1]["content"]["tool_references"]
    assert found == [{"type": "tool_reference", "tool_name": "Read"}]
    result = [{"type": "tool_result", "tool_use_id": blocks[2]["id"], "content": "the note"}]
    told = post(url, body(ORDER, blocks, result, tools=tools))
    assert told.json()["content"][0]["text"] == "The tool returned: the note"


def test_an_image_may_be_a_tool_result(url: str) -> None:
    [use] = post(url, body(ORDER, tools=[READ])).json()["content"]
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    result = [{"type": "tool_result", "tool_use_id": use["id"], "content": [image, {"type": "text", "text": "seen"}]}]
    told = post(url, body(ORDER, [use], result, tools=[READ])).json()
    assert told["content"][0]["text"] == "The tool returned: seen"


def test_a_long_answer_comes_in_many_parts(url: str) -> None:
    request = body("Count from 1 to 1000", max_tokens=4000)
    stream = post(url, {**request, "stream": True}).text
    assert stream.count("text_delta") == 50
    assert post(url, request).json()["content"][0]["text"].endswith(" 999 1000")


def test_a_marked_prefix_is_written_to_the_cache_once_and_read_when_the_mark_has_moved_on() -> None:
    system = [{"type": "text", "text": "word " * 1500, "cache_control": MARK}]
    with running(AnthropicEmulator()) as url:
        first, again, other = (
            post(url, body(text, system=system, model=model)).json()["usage"]
            for text, model in (("a", NEW), ("b", NEW), ("a", OLD))
        )
        longer = [{"type": "text", "text": "a", "cache_control": MARK}]
        moved = post(url, body(longer, system=[{**system[0], "cache_control": None}])).json()["usage"]
        counted = post(url, body("a", system=system), path="/v1/messages/count_tokens").json()["input_tokens"]
    written = first["cache_creation_input_tokens"]
    assert written > 1000
    assert (first["cache_read_input_tokens"], again["cache_read_input_tokens"]) == (0, written)
    assert again["cache_creation_input_tokens"] == 0
    assert other["cache_creation_input_tokens"] == written
    assert moved["cache_read_input_tokens"] > 0
    assert first["input_tokens"] + written == counted
    assert first["cache_creation"] == {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}


def test_a_short_prefix_is_not_cached(url: str) -> None:
    usage = post(url, body([{"type": "text", "text": "short", "cache_control": MARK}])).json()["usage"]
    assert (usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]) == (0, 0)


def test_only_the_named_models_are_served_when_it_is_strict_about_them() -> None:
    emulator = AnthropicEmulator(models=["claude-haiku-4-5"], strict_models=True)
    with running(emulator) as url:
        assert post(url, body(model="claude-haiku-4-5-20251001")).status_code == 200
        unknown = post(url, body(model="claude-opus-5-5"))
        entry = httpx.get(f"{url}/v1/models/claude-haiku-4-5", headers=KEY).json()
        missing = httpx.get(f"{url}/v1/models/claude-opus-5-5", headers=KEY)
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "not_found_error")
    assert message_of(unknown) == message_of(missing) == "model: claude-opus-5-5"
    assert (entry["type"], entry["id"]) == ("model", "claude-haiku-4-5")


def test_a_retired_model_is_gone_under_each_of_its_names() -> None:
    with running(AnthropicEmulator(retired=["claude-3-5-haiku-20241022"])) as url:
        assert post(url, body(model="claude-3-5-haiku")).status_code == 404
        assert post(url, body(model="claude-haiku-4-5")).status_code == 200


def test_switches_refuse_a_beta_and_a_field_or_take_a_new_beta() -> None:
    emulator = AnthropicEmulator(
        refused_betas=["effort-2025-11-24"],
        extra_betas=["tomorrow-1"],
        refused_fields=["tools[].defer_loading", "speed"],
    )
    tools = [READ, {**BASH, "defer_loading": True}]
    with running(emulator) as url:
        assert "`effort-2025-11-24`" in message_of(post(url, body(), "effort-2025-11-24,tomorrow-1"))
        assert (
            message_of(post(url, body(tools=tools))) == "tools.1.custom.defer_loading: Extra inputs are not permitted"
        )
        assert message_of(post(url, body(speed="fast"))) == "speed: Extra inputs are not permitted"
        assert post(url, body(), "tomorrow-1").status_code == 200


def test_a_body_above_32_megabytes_is_too_large(url: str) -> None:
    answer = post(url, body("x" * 32_000_000))
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")
    assert message_of(answer) == "Request exceeds the maximum size"


def test_every_answer_has_an_id_and_a_message_the_rate_limits() -> None:
    emulator = AnthropicEmulator()
    emulator.fault(NEW, 529)
    with running(emulator) as url:
        overloaded, whole, streamed = (post(url, body(stream=stream)) for stream in (False, False, True))
        listed = httpx.get(f"{url}/v1/models", headers=KEY)
    assert overloaded.status_code == 529
    assert message_of(overloaded) == "Overloaded"
    assert len({answer.headers["request-id"] for answer in (overloaded, whole, streamed, listed)}) == 4
    for answer in (whole, streamed):
        assert int(answer.headers["anthropic-ratelimit-requests-remaining"]) > 0


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("vertex_ai/claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("my-gateway/claude-opus-5-5[1m]", "claude-opus-5-5"),
        ("claude-sonnet-4-9", None),
        ("claude-opus-6", None),
        ("xclaude-opus-5-5", None),
        ("claude-opus-5-5x", None),
        ("gemini-2.5-pro", None),
    ],
)
def test_a_model_is_recognised_in_every_spelling(name: str, id_: str | None) -> None:
    model = claude_model(name)
    assert (model.id if model else None) == id_


def test_every_gate_names_betas_that_exist() -> None:
    tables = [*(facts()[name] for name in ("gates", "block_gates", "tool_gates")), *facts()["platform_gates"].values()]
    named = {beta for table in tables for betas in table.values() for beta in betas}
    assert named <= known_betas("anthropic")
    assert known_betas("bedrock") < known_betas("anthropic")


def test_scope_of_a_cache_marker_needs_its_beta() -> None:
    marked = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral", "scope": "global"}}
    body = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": [marked]}]}
    with_beta = Terms("anthropic", "claude-opus-5-5", frozenset({"prompt-caching-scope-2026-01-05"}))
    assert problem(body, with_beta) is None
    refused = problem(body, Terms("anthropic", "claude-opus-5-5"))
    assert refused is not None
    assert "cache_control" in refused
