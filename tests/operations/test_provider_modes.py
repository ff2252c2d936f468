"""test_model in the client's provider modes, against the strict emulators: what works is green, the rest is named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.eventstream import ChunkReader
from mcp_server.operations import test_model as operation
from mcp_server.snapshot import SettingsFile, Snapshot

pytestmark = pytest.mark.anyio

BEDROCK = {
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "ANTHROPIC_BEDROCK_BASE_URL": "{url}",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
VERTEX = {
    "CLAUDE_CODE_USE_VERTEX": "1",
    "ANTHROPIC_VERTEX_BASE_URL": "{url}/v1",
    "ANTHROPIC_VERTEX_PROJECT_ID": "laboratory",
    "CLOUD_ML_REGION": "us-east5",
}
SKIP_BEDROCK = {"CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1"}
SKIP_VERTEX = {"CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"}


async def check(emulator: Any, variables: Mapping[str, str], *, version: str = "2.1.330", **more: Any) -> Answer:
    with running(emulator) as url:
        shell = {name: value.replace("{url}", url) for name, value in variables.items() if value}
        machine = Snapshot(shell=shell, client_version=version, home=str(more.pop("home", "/nonexistent")))
        return await operation.run(snapshot=machine, **more)


def bedrock(**more: str) -> tuple[BedrockEmulator, dict[str, str]]:
    emulator = BedrockEmulator()
    token = {"ANTHROPIC_AUTH_TOKEN": emulator.api_key}
    return emulator, {**BEDROCK, **SKIP_BEDROCK, **token, **more}


def vertex(**more: str) -> tuple[VertexEmulator, dict[str, str]]:
    emulator = VertexEmulator()
    return emulator, {**VERTEX, **SKIP_VERTEX, "ANTHROPIC_AUTH_TOKEN": emulator.identity.token(), **more}


def messages(emulator: Emulator) -> list[Any]:
    return [call for call in emulator.requests if isinstance(call.body, dict) and call.body.get("messages")]


@pytest.mark.parametrize("version", ["2.1.330", "2.1.197"])
@pytest.mark.parametrize("mode", [bedrock, vertex])
async def test_a_gateway_in_the_providers_format_is_green(mode: Any, version: str) -> None:
    emulator, variables = mode()
    answer = await check(emulator, variables, version=version)
    assert (answer.verdict, answer.findings) == ("ok", []), answer.quick_answer
    assert len([call for call in messages(emulator) if "count" not in call.path]) == 3


async def test_the_answer_says_where_mode_region_model_and_credential_come_from() -> None:
    emulator, variables = bedrock(ANTHROPIC_DEFAULT_OPUS_MODEL="us.anthropic.claude-opus-4-6-v1")
    answer = await check(emulator, variables)
    told = "\n".join(answer.context)
    for said in (
        "Provider mode bedrock (CLAUDE_CODE_USE_BEDROCK, shell); its own authentication is skipped.",
        "AWS_REGION is us-east-1 (shell).",
        "ANTHROPIC_BEDROCK_BASE_URL (shell)",
        "Credential: ANTHROPIC_AUTH_TOKEN (shell).",
        "us.anthropic.claude-opus-4-6-v1: ANTHROPIC_DEFAULT_OPUS_MODEL (shell) maps the opus tier",
    ):
        assert said in told
    assert all("us.anthropic.claude-opus-4-6-v1" in call.path for call in messages(emulator))


async def test_aliases_become_the_ids_of_the_mode_and_all_tiers_can_be_tested_at_once() -> None:
    emulator, variables = vertex()
    answer = await check(emulator, variables, models=["opus", "sonnet", "haiku", "fable"])
    assert answer.verdict == "ok", answer.quick_answer
    asked = {call.path.rpartition("/models/")[2].partition(":")[0] for call in messages(emulator)}
    assert {"claude-opus-5-5", "claude-sonnet-4-5@20250929", "claude-haiku-4-5@20251001", "claude-fable-5-2"} <= asked


async def test_keys_of_the_machine_sign_for_bedrock() -> None:
    for emulator in (BedrockEmulator(), BedrockEmulator(session_token="laboratory-session")):
        answer = await check(emulator, {**BEDROCK, **emulator.environment})
        assert answer.verdict == "ok", answer.quick_answer
        assert all(call.headers["authorization"].startswith("AWS4-HMAC-SHA256 ") for call in messages(emulator))
        assert "Credential: AWS signature (AWS_ACCESS_KEY_ID (shell))." in answer.context


async def test_keys_of_a_profile_sign_too(tmp_path: Path) -> None:
    emulator = BedrockEmulator()
    keys = emulator.environment
    (tmp_path / ".aws").mkdir()
    lines = [f"{name.lower()} = {keys[name]}" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    (tmp_path / ".aws" / "credentials").write_text("\n".join(["[lab]", *lines, ""]), encoding="utf-8")
    assert (await check(emulator, {**BEDROCK, "AWS_PROFILE": "lab"}, home=tmp_path)).verdict == "ok"
    missing = await check(emulator, {**BEDROCK, "AWS_PROFILE": "other"}, home=tmp_path)
    assert missing.findings[0].id == "aws_credentials_missing"


async def test_a_bedrock_api_key_is_sent_as_a_bearer() -> None:
    emulator = BedrockEmulator()
    answer = await check(emulator, {**BEDROCK, "AWS_BEARER_TOKEN_BEDROCK": emulator.api_key})
    assert answer.verdict == "ok", answer.quick_answer


async def test_a_google_key_file_signs_in_to_vertex(tmp_path: Path) -> None:
    emulator = VertexEmulator()
    with running(emulator) as url:
        key = emulator.identity.service_account(tmp_path, f"{url}/token")
        shell = {name: value.replace("{url}", url) for name, value in VERTEX.items()}
        machine = Snapshot(shell={**shell, "GOOGLE_APPLICATION_CREDENTIALS": str(key)}, client_version="2.1.330")
        answer = await operation.run(snapshot=machine)
    assert answer.verdict == "ok", answer.quick_answer
    assert "Google application default credentials" in "\n".join(answer.context)


class Damaged:
    """A gateway before Bedrock that spoils every stream of it; plain answers stay as they are."""

    def __init__(self, emulator: BedrockEmulator, spoil: Callable[[bytes], bytes], content_type: bytes = b"") -> None:
        self.emulator, self.spoil, self.content_type = emulator, spoil, content_type

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("-stream"):
            await self.emulator(scope, receive, send)
            return
        parts: list[Any] = []

        async def keep(message: Any) -> None:
            parts.append(message)

        await self.emulator(scope, receive, keep)
        head = {name: value for name, value in parts[0]["headers"] if name != b"content-length"}
        head |= {b"content-type": self.content_type} if self.content_type else {}
        body = self.spoil(b"".join(part.get("body", b"") for part in parts[1:]))
        await send({**parts[0], "headers": list(head.items())})
        await send({"type": "http.response.body", "body": body})


def as_sse(stream: bytes) -> bytes:
    return b"".join(f"event: {e.event}\ndata: {e.data}\n\n".encode() for e in ChunkReader().feed(stream, 0.0))


def flipped(stream: bytes, place: int) -> bytes:
    return stream[:place] + bytes([stream[place] ^ 1]) + stream[place:][1:]


SSE = b"text/event-stream"
#: Each was tried with both real clients: whether they end in an error, or cope.
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], bytes, dict[str, str], str]] = {
    "events under another type": (bytes, SSE, {"2.1.330": "errors", "2.1.197": "warnings"}, "response_shape_invalid"),
    "server-sent events": (as_sse, SSE, {"2.1.330": "errors", "2.1.197": "warnings"}, "response_shape_invalid"),
    "a wrong checksum at the start": (
        lambda stream: flipped(stream, 14),
        b"",
        {"2.1.330": "warnings", "2.1.197": "warnings"},
        "stream_malformed",
    ),
    "a wrong checksum at the end": (
        lambda stream: flipped(stream, len(stream) - 1),
        b"",
        {"2.1.330": "errors", "2.1.197": "errors"},
        "stream_malformed",
    ),
    "a cut stream": (lambda stream: stream[:-60], b"", {"2.1.330": "errors", "2.1.197": "errors"}, "stream_cut"),
}


@pytest.mark.parametrize("version", ["2.1.330", "2.1.197"])
@pytest.mark.parametrize("name", DAMAGES)
async def test_a_spoilt_binary_stream_is_judged_as_the_client_takes_it(name: str, version: str) -> None:
    spoil, content_type, verdicts, cause = DAMAGES[name]
    emulator, variables = bedrock()
    answer = await check(Damaged(emulator, spoil, content_type), variables, version=version)
    assert (answer.verdict, answer.findings[0].id) == (verdicts[version], cause), answer.quick_answer


async def test_the_guard_of_the_content_type_can_be_switched_off() -> None:
    emulator, variables = bedrock(CLAUDE_CODE_DISABLE_BEDROCK_CONTENT_TYPE_GUARD="1")
    answer = await check(Damaged(emulator, bytes, SSE), variables)
    assert answer.verdict == "warnings"


WRONG: dict[str, tuple[Any, dict[str, str], str]] = {
    "bedrock without skip-auth": (bedrock, {"CLAUDE_CODE_SKIP_BEDROCK_AUTH": ""}, "aws_credentials_missing"),
    "bedrock in another region": (bedrock, {"AWS_REGION": "eu-west-1"}, "bedrock_model_id_invalid"),
    "bedrock with an id that does not exist": (bedrock, {"ANTHROPIC_MODEL": "claude-nope"}, "bedrock_model_id_invalid"),
    "bedrock without an inference profile": (
        bedrock,
        {"ANTHROPIC_MODEL": "anthropic.claude-opus-4-6-v1"},
        "bedrock_inference_profile_required",
    ),
    "bedrock below a wrong path": (bedrock, {"ANTHROPIC_BEDROCK_BASE_URL": "{url}/other"}, "route_not_found"),
    "bedrock with a wrong token": (bedrock, {"ANTHROPIC_AUTH_TOKEN": "wrong"}, "aws_credentials_wrong"),
    "vertex without skip-auth": (vertex, {"CLAUDE_CODE_SKIP_VERTEX_AUTH": ""}, "gcp_adc_missing"),
    "vertex without a project": (vertex, {"ANTHROPIC_VERTEX_PROJECT_ID": ""}, "gcp_project_setup_incomplete"),
    "vertex with another project": (vertex, {"ANTHROPIC_VERTEX_PROJECT_ID": "other"}, "gcp_iam_permission_denied"),
    "vertex in a region that does not serve it": (
        vertex,
        {"CLOUD_ML_REGION": "asia-east1"},
        "vertex_region_unsupported",
    ),
    "vertex with an id that does not exist": (vertex, {"ANTHROPIC_MODEL": "claude-nope"}, "vertex_model_route_wrong"),
    "vertex without /v1": (vertex, {"ANTHROPIC_VERTEX_BASE_URL": "{url}"}, "route_not_found"),
    "vertex with a wrong token": (vertex, {"ANTHROPIC_AUTH_TOKEN": "wrong"}, "gateway_key_rejected"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_has_its_id_and_a_cure_that_the_mode_understands(name: str) -> None:
    mode, variables, cause = WRONG[name]
    emulator, working = mode()
    answer = await check(emulator, {**working, **variables})
    assert answer.verdict == "errors", answer.quick_answer
    assert answer.findings[0].id == cause, answer.findings[0].problem
    assert "/v1/messages" not in answer.findings[0].fix
    assert emulator.api_key not in answer.model_dump_json() if mode is bedrock else True


async def test_a_signature_for_another_region_is_told_from_a_wrong_model() -> None:
    emulator = BedrockEmulator()
    keys = {**emulator.environment, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    answer = await check(emulator, {**BEDROCK, **keys})
    assert answer.findings[0].id == "aws_credentials_wrong"
    assert "AWS_REGION" in answer.findings[0].fix
    wrong = {**emulator.environment, "AWS_SECRET_ACCESS_KEY": "wrong" * 8}
    assert (await check(emulator, {**BEDROCK, **wrong})).findings[0].id == "aws_credentials_wrong"


async def test_a_gateway_of_anthropics_format_is_not_taken_for_bedrock() -> None:
    answer = await check(AnthropicEmulator(), {**BEDROCK, **SKIP_BEDROCK, "ANTHROPIC_AUTH_TOKEN": "any"})
    assert answer.findings[0].id == "route_not_found"
    assert "ANTHROPIC_BEDROCK_BASE_URL" in answer.findings[0].fix


async def test_the_ignored_base_url_is_a_warning_where_the_mode_works() -> None:
    emulator, variables = bedrock(ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    answer = await check(emulator, variables)
    assert (answer.verdict, [f.id for f in answer.findings]) == ("warnings", ["provider_flag_overrides_base_url"])


@pytest.mark.parametrize("mode", [bedrock, vertex])
async def test_the_free_levels_send_nothing_billed_and_judge_the_credential(mode: Any) -> None:
    emulator, variables = mode()
    status = await check(emulator, variables, level="status")
    health = await check(emulator, variables, level="health")
    assert status.verdict == "ok"
    assert not messages(emulator)
    assert next(c.status for c in health.verification if c.title == "Credential") == "pass"
    refused = await check(emulator, {**variables, "ANTHROPIC_AUTH_TOKEN": "wrong"}, level="health")
    assert refused.verdict == "errors"


@pytest.mark.parametrize("mode", [bedrock, vertex])
async def test_a_dry_run_shows_the_request_of_the_mode_and_sends_none(mode: Any) -> None:
    emulator, variables = mode()
    answer = await check(emulator, variables, dry_run=True)
    assert not emulator.requests
    shown = json.loads(answer.config[0].content)
    place = "/invoke-with-response-stream" if mode is bedrock else ":streamRawPredict"
    assert answer.config[0].path.endswith(place)
    assert "model" not in shown["body"]
    assert shown["body"]["anthropic_version"].startswith("bedrock" if mode is bedrock else "vertex")
    assert variables["ANTHROPIC_AUTH_TOKEN"] not in answer.model_dump_json()


async def test_a_dry_run_needs_no_aws_credentials() -> None:
    answer = await check(BedrockEmulator(), {**BEDROCK}, dry_run=True)
    assert "AWS: computed for each request" in answer.config[0].content


async def test_another_address_is_asked_in_anthropics_format_and_gets_no_signature_of_the_mode() -> None:
    emulator, other = BedrockEmulator(), AnthropicEmulator()
    variables = {**BEDROCK, **emulator.environment}
    with running(other) as url:
        answer = await check(emulator, variables, base_url=url, model="claude-opus-5-5", level="message")
    assert not any("authorization" in call.headers for call in other.requests)
    assert "Asked in Anthropic's format" in "\n".join(answer.context)
    assert answer.findings[0].id == "gateway_key_missing"
    assert "/v1/models" in [call.path for call in other.requests]
    assert not emulator.requests


async def test_settings_files_choose_the_mode_as_well() -> None:
    emulator, variables = bedrock()
    with running(emulator) as url:
        env = {name: value.replace("{url}", url) for name, value in variables.items()}
        file = SettingsFile("user", "settings.json", {"env": env})
        answer = await operation.run(snapshot=Snapshot(shell={}, settings_files=(file,), client_version="2.1.330"))
    assert answer.verdict == "ok", answer.quick_answer
    assert "Provider mode bedrock (CLAUDE_CODE_USE_BEDROCK, settings.json)" in "\n".join(answer.context)


async def test_metadata_addresses_are_refused_in_every_mode() -> None:
    emulator, variables = bedrock(ANTHROPIC_BEDROCK_BASE_URL="http://169.254.169.254")
    answer = await check(emulator, variables)
    assert answer.verdict == "errors"
    assert answer.findings[0].id == "base_url_wrong_endpoint"


class Late:
    """A gateway whose answers to messages begin after a while."""

    def __init__(self, seconds: float) -> None:
        self.emulator, self.seconds = AnthropicEmulator(), seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/v1/messages":
            await asyncio.sleep(self.seconds)
        await self.emulator(scope, receive, send)


async def test_patience_decides_how_long_the_first_answer_may_take() -> None:
    variables = {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_AUTH_TOKEN": "any"}
    hasty = await check(Late(2.5), variables, level="message", patience=1)
    assert [f.id for f in hasty.findings if f.severity == "error"] == ["slow_first_byte"]
    assert "--patience" in hasty.findings[0].fix
    patient = await check(Late(2.5), variables, level="message", patience=6)
    assert patient.verdict in ("ok", "warnings"), patient.quick_answer


@pytest.mark.parametrize("seconds", [0, -1, 1_000, float("nan"), float("inf")])
async def test_a_senseless_patience_is_refused(seconds: float) -> None:
    with pytest.raises(UsageError, match="patience"):
        await check(AnthropicEmulator(), {"ANTHROPIC_BASE_URL": "{url}"}, patience=seconds)
