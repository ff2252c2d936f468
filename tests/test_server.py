"""The MCP surface through the official client: both protocol eras, in-process, over stdio and over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, ElicitResult

from mcp_server import __version__
from mcp_server.answer import Answer, Check, ConfigFile, Finding, Where
from mcp_server.net.ports import free_port, in_use
from mcp_server.server import build_server

pytestmark = pytest.mark.anyio
TOOLS = ["generate_config", "validate_config", "check_proxy", "test_model", "diagnose_auth", "apply_config"]
SECTIONS = ["Quick Answer", "Config", "Verification", "Context"]
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
Mode = Literal["auto", "legacy"]
SERVE = "from mcp_server.cli import main; main()"
modes = pytest.mark.parametrize("mode", ERAS)


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert block.type == "text"
    return block.text


@pytest.fixture
def http_server(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", SERVE, "serve", "--http", "--port", str(port)],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    try:
        while not in_use(port):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.communicate(timeout=10)


@modes
async def test_over_stdio_every_tool_is_listed_and_answers(mode: Mode, tmp_path: Path) -> None:
    server = StdioServerParameters(command=sys.executable, args=["-I", "-c", SERVE, "serve"], cwd=str(tmp_path))
    await check_a_session(Client(server, mode=mode), mode)


@modes
async def test_over_streamable_http_every_tool_is_listed_and_answers(mode: Mode, http_server: str) -> None:
    await check_a_session(Client(http_server, mode=mode), mode)


async def check_a_session(client: Client, mode: Mode) -> None:
    with anyio.fail_after(60):
        async with client:
            assert client.protocol_version == ERAS[mode]
            assert client.server_info is not None
            assert client.server_info.version == __version__
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            nowhere = f"http://127.0.0.1:{free_port()}"
            calls: dict[str, tuple[dict[str, Any], str]] = {
                "generate_config": ({"models": ["codestral"]}, "unknown"),
                "validate_config": ({"content": "model_list: []\n", "kind": "litellm"}, "errors"),
                "check_proxy": ({"targets": [nowhere]}, "errors"),
                "test_model": ({"base_url": nowhere, "level": "status"}, "errors"),
                "diagnose_auth": ({"symptom": "npm ERR! code ELIFECYCLE"}, "unknown"),
                "apply_config": ({"generated": ["gateway=portkey", "scope=local"]}, "unknown"),
            }
            for tool, (arguments, verdict) in calls.items():
                result = await client.call_tool(tool, arguments)
                assert not result.is_error, text_of(result)
                assert isinstance(result.structured_content, dict)
                assert result.structured_content["verdict"] == verdict
                assert result.structured_content["quick_answer"] in text_of(result)
                assert re.findall(r"^## (.+)$", text_of(result), re.MULTILINE) == SECTIONS


@modes
async def test_every_tool_has_a_title_and_both_hints(mode: Mode) -> None:
    async with Client(build_server(), mode=mode) as client:
        for tool in (await client.list_tools()).tools:
            assert tool.title
            assert tool.annotations is not None
            assert tool.annotations.destructive_hint is (tool.name == "apply_config")
            assert tool.annotations.read_only_hint is (tool.name not in ("test_model", "apply_config"))
            assert tool.output_schema is not None


async def test_all_tool_schemas_together_stay_within_their_budget() -> None:
    async with Client(build_server()) as client:
        tools = [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in (await client.list_tools()).tools]
    assert len(json.dumps(tools, separators=(",", ":"))) / 4 <= 3_000
    assert all(len(tool["description"].encode()) <= 2_048 for tool in tools)


async def test_the_output_schema_accepts_whole_answers_and_refuses_other_words() -> None:
    from jsonschema import Draft202012Validator

    async with Client(build_server()) as client:
        schemas = [tool.output_schema for tool in (await client.list_tools()).tools]
    assert all(schema == schemas[0] for schema in schemas)
    judge = Draft202012Validator(schemas[0] or {})
    whole = Answer(
        verdict="errors",
        quick_answer="q",
        config=[ConfigFile(path="p", language="yaml", content="c", why="w")],
        verification=[Check(title="t", status="todo", detail="d", command="c", expect="e", if_not="i")],
        context=["c"],
        findings=[
            Finding(
                id="i",
                severity="error",
                confidence="low",
                where=Where(file="f", line=1, column=2, key="k"),
                problem="p",
                why="w",
                fix="f",
                command="c",
            )
        ],
    ).document()
    assert judge.is_valid(whole)
    named = schemas[0]["properties"] if schemas[0] else {}
    assert list(named) == list(whole)
    assert [set(named[part]["items"]["properties"]) for part in ("config", "verification", "findings")] == [
        set(whole[part][0]) for part in ("config", "verification", "findings")
    ]
    for wrong in (
        {"verdict": "fine"},
        {"context": "c"},
        {"findings": [{"severity": "bad"}]},
        {"config": [{"path": 1}]},
    ):
        assert not judge.is_valid({**whole, **wrong}), wrong
    assert not judge.is_valid({"verdict": "ok"})


@modes
@pytest.mark.parametrize("tool", TOOLS)
async def test_an_unknown_argument_is_refused_with_the_nearest_name(mode: Mode, tool: str) -> None:
    misspelt = {
        "generate_config": ("model", "models"),
        "validate_config": ("contents", "content"),
        "check_proxy": ("proxy", "proxy_url"),
        "test_model": ("base_ur", "base_url"),
        "diagnose_auth": ("symptoms", "symptom"),
        "apply_config": ("file", "files"),
    }
    wrong, meant = misspelt[tool]
    async with Client(build_server(), mode=mode) as client:
        result = await client.call_tool(tool, {wrong: "x"})
    assert result.is_error
    assert f"no argument '{wrong}'. Did you mean {meant}?" in text_of(result)


@modes
async def test_a_value_of_the_wrong_type_is_never_echoed(mode: Mode) -> None:
    secret = "sk-ant-api03-plantedplantedplanted"
    async with Client(build_server(), mode=mode) as client:
        result = await client.call_tool("diagnose_auth", {"live": secret, "provider": secret})
    assert result.is_error
    assert "planted" not in text_of(result)
    assert "provider: input should be 'auto', 'google'" in text_of(result)


@modes
async def test_settings_json_given_as_content_arrives_as_text(mode: Mode) -> None:
    settings = json.dumps({"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000/v1"}})
    async with Client(build_server(), mode=mode) as client:
        result = await client.call_tool("validate_config", {"content": settings})
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    assert "base-url-has-v1-suffix" in [f["id"] for f in result.structured_content["findings"]]


@modes
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_billed_test_that_nobody_agreed_to_sends_nothing_billed(mode: Mode, action: Any) -> None:
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action=action)

    port = free_port()
    async with Client(build_server(), mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("test_model", {"base_url": f"http://127.0.0.1:{port}", "model": "m"})
    assert len(asked) == 1
    assert "billed" in asked[0]
    assert isinstance(result.structured_content, dict)
    assert result.structured_content["quick_answer"].startswith("Not proven: the billed requests")
    assert result.structured_content["verdict"] != "ok"


@modes
async def test_without_elicitation_the_test_runs(mode: Mode) -> None:
    port = free_port()
    async with Client(build_server(), mode=mode) as client:
        result = await client.call_tool("test_model", {"base_url": f"http://127.0.0.1:{port}", "model": "m"})
    assert isinstance(result.structured_content, dict)
    assert result.structured_content["findings"][0]["id"] == "gateway_unreachable"


@modes
async def test_what_is_missing_is_asked_for_once_and_filled_in(mode: Mode) -> None:
    asked: list[Any] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params)
        return ElicitResult(action="accept", content={"vertex_project": "demo-project"})

    async with Client(build_server(), mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("generate_config", {"models": ["codestral"]})
        complete = await client.call_tool(
            "generate_config", {"models": ["codestral"], "vertex_project": "demo-project"}
        )
    assert len(asked) == 1
    fields = asked[0].requested_schema["properties"]
    assert list(fields) == ["vertex_project", "vertex_region"]
    assert [field["default"] for field in fields.values()] == ["", ""]
    assert "required" not in asked[0].requested_schema
    assert result.structured_content is not None
    assert complete.structured_content is not None
    assert "vertex_project=demo-project" in result.structured_content["context"][0]
    assert result.structured_content["config"] == complete.structured_content["config"]


@modes
async def test_advice_asks_for_the_needs_that_decide(mode: Mode) -> None:
    async def answer(context: Any, params: Any) -> ElicitResult:
        content: dict[str, Any] = {"people": 12, "cloud": "Bedrock", "proxy": True, "control": False}
        assert list(params.requested_schema["properties"]) == list(content)
        return ElicitResult(action="accept", content=content)

    async with Client(build_server(), mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("generate_config", {"goal": "which gateway should we use?"})
    assert result.structured_content is not None
    assert "12 people" in result.structured_content["quick_answer"]
    assert "proxy + gateway" in result.structured_content["quick_answer"]


@modes
@pytest.mark.parametrize("action", ["decline", "cancel", "accept"])
async def test_unanswered_questions_change_nothing(mode: Mode, action: Any) -> None:
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action=action, content={} if action == "accept" else None)

    async with Client(build_server(), mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("generate_config", {"models": ["codestral"]})
    async with Client(build_server(), mode=mode) as client:
        unasked = await client.call_tool("generate_config", {"models": ["codestral"]})
    assert len(asked) == 1
    assert not unasked.is_error
    assert result.structured_content == unasked.structured_content


@modes
async def test_where_nobody_is_there_nothing_missing_is_asked_for(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(context: Any, params: Any) -> ElicitResult:
        raise AssertionError(params.message)

    monkeypatch.setenv("CLAUDE_CODE_ENTRYPOINT", "sdk-cli")
    async with Client(build_server(), mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("generate_config", {"models": ["codestral"]})
        wrong = await client.call_tool("generate_config", {"gateway": "kong"})
    assert not result.is_error
    assert wrong.is_error
