"""Where a variable names who hands out the keys of this machine's role, test_model asks there, as the client does.

What the client makes of a broken endpoint was measured with Claude Code 2.1.330.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from mcp_server.answer import Answer
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net import aws_signing, machine_role
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code
from mcp_server.snapshot import SettingsFile, Snapshot

pytestmark = pytest.mark.anyio

AUTHORIZATION = "a-token-of-the-container"
SESSION = "a-session-of-the-instance"
BEDROCK = {"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BEDROCK_BASE_URL": "{url}", "AWS_REGION": "us-east-1"}
VERTEX = {
    "CLAUDE_CODE_USE_VERTEX": "1",
    "ANTHROPIC_VERTEX_BASE_URL": "{url}/v1",
    "ANTHROPIC_VERTEX_PROJECT_ID": "laboratory",
    "CLOUD_ML_REGION": "us-east5",
}
CONTAINER = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/role?id=1",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION,
}
INSTANCE = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}"}
METADATA = {"GCE_METADATA_HOST": "{host}"}
KINDS = {"container": (BEDROCK, CONTAINER), "instance": (BEDROCK, INSTANCE), "google": (VERTEX, METADATA)}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on a machine of Amazon, whatever runs the tests."""
    monkeypatch.setattr(aws_signing, "_VENDOR", Path("/nonexistent"))


class Endpoints:
    """All three endpoints, and the provider behind the same address. ``broken`` answers in their place."""

    def __init__(self, broken: str = "") -> None:
        self.bedrock, self.vertex = BedrockEmulator(session_token="a-session-token"), VertexEmulator()
        self.broken = broken
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        if not path.startswith(("/role", "/latest/", "/computeMetadata/")):
            await (self.vertex if path.startswith("/v1/") else self.bedrock)(scope, receive, send)
            return
        request = Request(scope, receive)
        self.asked.append(f"{request.method} {path}")
        await (await self.answer(request, path))(scope, receive, send)

    async def answer(self, request: Request, path: str) -> Response:
        if self.broken == "slow":
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(request.receive(), 30)
                await asyncio.wait_for(request.receive(), 30)
        if self.broken == "refused":
            return JSONResponse({"message": "no role for you"}, 403)
        if self.broken == "page":
            return HTMLResponse("<html>sign in first</html>")
        if path == "/role":
            right = request.headers.get("authorization") == AUTHORIZATION
            return self.keys() if right else PlainTextResponse("no", 401)
        if path == "/latest/api/token":
            return PlainTextResponse(SESSION) if request.method == "PUT" else PlainTextResponse("", 405)
        if path.startswith("/latest/"):
            if request.headers.get("x-aws-ec2-metadata-token") != SESSION:
                return PlainTextResponse("", 401)
            return self.keys() if path.endswith("a-role") else PlainTextResponse("a-role")
        if request.headers.get("metadata-flavor") != "Google":
            return PlainTextResponse("", 403)
        token = {"access_token": self.vertex.identity.token(), "expires_in": 3599, "token_type": "Bearer"}
        return JSONResponse(token, headers={"metadata-flavor": "Google"})

    def keys(self) -> Response:
        mine = self.bedrock.environment
        expiration = "2020-01-01T00:00:00Z" if self.broken == "expired" else "2099-01-01T00:00:00Z"
        keys = {"AccessKeyId": mine["AWS_ACCESS_KEY_ID"], "SecretAccessKey": mine["AWS_SECRET_ACCESS_KEY"]}
        return JSONResponse({**keys, "Token": mine["AWS_SESSION_TOKEN"], "Expiration": expiration})

    @property
    def secrets(self) -> tuple[str, ...]:
        mine = self.bedrock.environment
        return (mine["AWS_SECRET_ACCESS_KEY"], mine["AWS_SESSION_TOKEN"], mine["AWS_ACCESS_KEY_ID"], AUTHORIZATION)


async def proof(endpoints: Endpoints, *parts: Mapping[str, str], files: Mapping[str, Any] | None = None) -> Answer:
    with running(endpoints) as url:
        filled = json.dumps([{name: value for part in parts for name, value in part.items()}, files or {}])
        shell, settings = json.loads(filled.replace("{url}", url).replace("{host}", url.partition("//")[2]))
        found = tuple(SettingsFile(scope, f"{scope}.json", data) for scope, data in settings.items())
        machine = Snapshot(shell=shell, settings_files=found, client_version="2.1.330", home="/nonexistent")
        answer = await operation.run(snapshot=machine)
    shown = answer.model_dump_json()
    assert not [secret for secret in endpoints.secrets if secret in shown]
    return answer


@pytest.mark.parametrize("kind", KINDS)
async def test_the_role_that_a_variable_leads_to_signs(kind: str) -> None:
    endpoints = Endpoints()
    answer = await proof(endpoints, *KINDS[kind])
    assert answer.verdict == "ok", answer.quick_answer
    assert endpoints.asked


async def test_keys_that_have_expired_are_used_as_the_client_does_and_the_provider_decides() -> None:
    assert (await proof(Endpoints("expired"), BEDROCK, CONTAINER)).verdict == "ok"


async def test_the_container_is_asked_before_the_instance() -> None:
    endpoints = Endpoints()
    assert (await proof(endpoints, BEDROCK, CONTAINER, INSTANCE)).verdict == "ok"
    assert set(endpoints.asked) == {"GET /role"}


async def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{AUTHORIZATION}\n", encoding="ascii")
    named = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")}
    uri = {name: value for name, value in CONTAINER.items() if name.endswith("URI")}
    assert (await proof(Endpoints(), BEDROCK, uri, named)).verdict == "ok"
    missing = await proof(Endpoints(), BEDROCK, uri, {name: f"{place}.no" for name, place in named.items()})
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names cannot be read" in missing.findings[0].problem


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("broken", "said"), [("refused", "refuses with status 403"), ("page", "")])
async def test_an_endpoint_without_keys_stops_it_as_it_stops_the_client(kind: str, broken: str, said: str) -> None:
    answer = await proof(Endpoints(broken), *KINDS[kind])
    mode, variable = KINDS[kind][0], next(iter(KINDS[kind][1]))
    assert answer.verdict == "errors"
    assert answer.findings[0].id == ("gcp_adc_missing" if mode is VERTEX else "aws_credentials_missing")
    assert variable in answer.findings[0].problem
    assert said in answer.findings[0].problem
    assert "sign in first" not in answer.model_dump_json()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_slow_endpoint_leaves_it_open(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_role, "_SECONDS", 0.3)
    answer = await proof(Endpoints("slow"), *KINDS[kind])
    assert (answer.verdict, answer.findings) == ("unknown", [])
    assert "no answer within 0.3 s" in answer.quick_answer


async def test_a_project_may_not_name_who_is_asked_for_the_keys_of_this_machine() -> None:
    endpoints = Endpoints()
    answer = await proof(endpoints, BEDROCK, files={"project": {"env": CONTAINER}})
    assert (answer.verdict, endpoints.asked) == ("unknown", [])


async def test_no_endpoint_is_asked_that_is_switched_off_or_that_no_variable_names() -> None:
    endpoints = Endpoints()
    off = await proof(endpoints, BEDROCK, INSTANCE, {"AWS_EC2_METADATA_DISABLED": "true"})
    assert (off.verdict, endpoints.asked) == ("errors", [])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://keys.example.com/role", "the SDKs of AWS ask for no keys"),
        ("ftp://127.0.0.1/role", "is no address"),
        ("http://[1/role", "is no address"),
        ("role", "is no address"),
    ],
)
async def test_an_address_that_hands_out_no_keys_is_not_asked(address: str, said: str) -> None:
    answer = await proof(Endpoints(), BEDROCK, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address})
    assert answer.findings[0].id == "aws_credentials_missing"
    assert said in answer.findings[0].problem


async def test_a_relative_address_is_the_one_of_the_container_service(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def get(_named: Any, base: str, path: str, _headers: Any) -> Any:
        asked.append(f"{base}{path}")
        raise machine_role.RoleError("no", "none")

    monkeypatch.setattr(machine_role, "_get", get)
    await proof(Endpoints(), BEDROCK, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"})
    assert asked == ["http://169.254.170.2/v2/credentials/1"]


@pytest.mark.e2e
@pytest.mark.parametrize("kind", KINDS)
async def test_the_real_client_asks_there_too(kind: str, tmp_path: Path) -> None:
    endpoints = Endpoints()
    with running(endpoints) as url:
        mode, named = KINDS[kind]
        places = {"{url}": url, "{host}": url.partition("//")[2]}
        environment = {**mode, **named}
        for place, value in places.items():
            environment = {name: text.replace(place, value) for name, text in environment.items()}
        executable, home = claude_code("2.1.330"), tmp_path / "home"
        reply = await ask(executable, "Answer with exactly: PONG", home=home, project=tmp_path, environment=environment)
    assert (reply.exit_code, reply.text) == (0, "PONG")
    assert endpoints.asked
