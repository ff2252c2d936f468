"""The generated project in Zuplo's own lint and local server, the real Claude Code before it, an emulator behind it.

Replaced is the provider's address only. Zuplo's key service and a company's keys are stood in for by this test. The
local server listens on every address of the machine, so it runs for seconds and holds no real key.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from gateway_bench import machine, made, reads_a_word, written
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path_
from test_zuplo_gateway import WISHES

from mcp_server.answer import Answer
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.serve import running
from mcp_server.net.http import request
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.operations import compatibility
from mcp_server.operations import test_model as operation
from mcp_server.run.programs import newest_claude_code, versions, zuplo
from mcp_server.run.server import server

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

PROVIDER_KEY, PERSON_KEY = "the-key-of-the-provider", "the-key-of-ada"
SIGNER = rsa.generate_private_key(65_537, 2_048)


@dataclass
class Running:
    url: str
    answer: Answer
    emulator: Emulator


def environment(folder: Path) -> dict[str, str]:
    node, _ = zuplo()
    return {"PATH": f"{node.parent}:/usr/bin:/bin", "HOME": str(folder), "ZUPLO_DO_NOT_TRACK": "1"}


async def validate(call: Request) -> Response:
    """Zuplo's key service, as the policy asks it (7.4.5)."""
    known = (await call.json())["key"] == PERSON_KEY
    return JSONResponse({"authorized": known, "id": "consumer-1", "name": "ada", "metadata": {}})


async def keys(_call: Request) -> Response:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(SIGNER.public_key()))
    return JSONResponse({"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]})


SERVICES = Starlette(routes=[Path_("/v3/key-auth/validate", validate, methods=["POST"]), Path_("/keys", keys)])


@asynccontextmanager
async def project(
    folder: Path, emulator: Emulator, values: Mapping[str, str], **arguments: Any
) -> AsyncIterator[Running]:
    node, script = zuplo()
    port = free_port()
    one = made(gateway="zuplo", gateway_url=f"http://127.0.0.1:{port}", **arguments)
    with running(emulator) as provider, running(SERVICES) as services:
        for path in written(one, folder):
            if path.name == "routes.oas.json":
                text = path.read_text(encoding="utf-8")
                host = next(h for h in HOSTS if h in text)
                path.write_text(text.replace(host, provider), encoding="utf-8")
        stood_in = {
            "__ZUPLO_EDGE_API_URL": services,
            "__ZUPLO_AUTH_API_JWT": "of-the-deployment",
            "ZUPLO_SERVICE_BUCKET_ID": "bucket",
            "OIDC_JWKS_URL": f"{services}/keys",
        }
        lines = [f"{name}={value}\n" for name, value in {**stood_in, **values}.items()]
        (folder / ".env").write_text("".join(lines), encoding="utf-8")
        command = [str(node), str(script), "dev", "--port", str(port), "--no-start-editor", "--no-start-docs"]
        # The project is the folder that the server is started in.
        start = ["/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(folder), *command]
        async with server(
            "zuplo", start, port=port, ready="/healthz", environment=environment(folder), log=folder / "zuplo.log",
            reason=lambda text: text[-400:], seconds=60,
        ) as up:  # fmt: skip
            yield Running(up.base_url, one, emulator)


HOSTS = ("https://api.anthropic.com", "https://bedrock-runtime.eu-west-1.amazonaws.com")


@pytest.mark.parametrize("name", [name for name in WISHES if name != "ai gateway"])
def test_zuplos_own_lint_finds_nothing(name: str, tmp_path: Path) -> None:
    node, script = zuplo()
    written(made(**{"gateway": "zuplo", **WISHES[name]}), tmp_path)
    done = subprocess.run(
        [str(node), str(script), "lint"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "No violations found" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    folder = tmp_path_factory.mktemp("zuplo")
    async with project(folder, emulator, {"ANTHROPIC_API_KEY": PROVIDER_KEY}) as up:
        yield up


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_real_client_reads_a_file_through_it(gateway: Running, tmp_path: Path, version: str) -> None:
    said, word = await reads_a_word(gateway.answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN=PERSON_KEY)
    assert (said.is_error, word in said.text) == (False, True), said.text
    seen = gateway.emulator.requests[-1]
    assert seen.headers["x-api-key"] == PROVIDER_KEY
    assert PERSON_KEY not in str(seen.headers)
    assert seen.query == "beta=true"


async def test_it_keeps_the_whole_protocol(gateway: Running) -> None:
    shell = {"ANTHROPIC_AUTH_TOKEN": PERSON_KEY}
    answer = await operation.run(snapshot=machine(gateway.answer, **shell))
    assert (answer.verdict, [f for f in answer.findings if f.severity != "info"]) == ("ok", [])
    (column,) = (await compatibility.run(snapshot=machine(gateway.answer, **shell))).columns
    missed = [cell for cell in column.cells if cell.requirement == "must" and cell.outcome not in ("pass", "warn")]
    assert [cell for cell in missed if cell.outcome != "skip"] == []
    passed, asked = column.score("must")
    assert passed == asked > 25


async def test_who_is_not_known_is_refused_and_nothing_is_passed_on(gateway: Running, tmp_path: Path) -> None:
    before = len(gateway.emulator.requests)
    said, _ = await reads_a_word(gateway.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN="made-up")
    assert (said.is_error, "401" in said.text) == (True, True), said.text
    reply = await request(Route(gateway.url), "POST", "/v1/messages", headers={"x-api-key": PROVIDER_KEY}, json={})
    assert reply.status == 401
    assert len(gateway.emulator.requests) == before


async def test_with_tokens_of_the_company_the_right_ones_get_through(tmp_path: Path) -> None:
    values = {"ANTHROPIC_API_KEY": PROVIDER_KEY, "OIDC_ISSUER": "https://issuer.example.com", "OIDC_AUDIENCE": "claude"}
    now = int(time.time())
    claims = {"iss": "https://issuer.example.com", "aud": "claude", "sub": "ada", "iat": now, "exp": now + 600}

    def token(**changes: Any) -> str:
        return jwt.encode({**claims, **changes}, SIGNER, algorithm="RS256", headers={"kid": "1"})

    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    async with project(tmp_path, emulator, values, goal="zuplo with OIDC tokens") as up:
        said, word = await reads_a_word(up.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=token())
        assert (said.is_error, word in said.text) == (False, True), said.text
        before = len(emulator.requests)
        for wrong in (token(aud="other"), token(iss="https://other.example.com"), token(exp=now - 600), "x"):
            reply = await request(Route(up.url), "GET", "/v1/models", headers={"authorization": f"Bearer {wrong}"})
            assert reply.status == 401
        assert len(emulator.requests) == before


async def test_claude_code_in_its_bedrock_mode_works_through_it(tmp_path: Path) -> None:
    emulator = BedrockEmulator("eu-west-1")
    values = {"AWS_BEARER_TOKEN_BEDROCK": emulator.api_key}
    async with project(tmp_path, emulator, values, providers=["bedrock"], aws_region="eu-west-1") as up:
        said, word = await reads_a_word(up.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=PERSON_KEY)
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert {r.headers["authorization"] for r in emulator.requests} == {f"Bearer {emulator.api_key}"}
