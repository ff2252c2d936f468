"""The generated file in the real ``claude gateway``: every wish is accepted, one is served to the real Claude Code."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_bench import content, made, reads_a_word
from test_claude_apps_gateway import GATEWAY, WISHES, answer

from mcp_server.answer import Answer
from mcp_server.generate.document import yaml_text
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.claude_gateway import bench
from mcp_server.lab.claude_gateway_stack import company_gateway
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.identity_provider import IdentityProvider, User
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.http import request
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.run.claude_gateway import claude_gateway, sign_in
from mcp_server.run.postgres import postgres
from mcp_server.run.programs import claude_code, newest_claude_code, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

SECRET = "0123456789abcdef" * 2
VALUES = {
    "OTLP_URL": "https://collector.example.com:4318",
    "OIDC_CLIENT_ID": "client",
    "OIDC_CLIENT_SECRET": "client-secret",
    "GATEWAY_JWT_SECRET": SECRET,
    "GATEWAY_ADMIN_KEY": SECRET,
    "TRUSTED_PROXY": "10.0.0.0/8",
    "PORT": "4000",
}


def environment(text: str, **values: str) -> dict[str, str]:
    """A value for every variable that the file refers to."""
    import re

    names = set(re.findall(r"\$\{(\w+)\}", text.split("\nlisten:")[1]))
    return {name: {**VALUES, **values}.get(name, "some-value") for name in names}


async def test_the_program_accepts_the_file_of_every_wish(tmp_path: Path) -> None:
    claude = claude_code()
    slots = asyncio.Semaphore(3)
    async with bench() as judge:

        async def verdict(name: str) -> tuple[str, bool, str]:
            text = content(answer(name), "claude-gateway.yaml")
            # Certificates are read at once.
            for folder in ("/etc/claude-gateway", "/run/credentials/claude-gateway.service"):
                text = text.replace(f"{folder}/tls", str(pair(tmp_path)))
            if "corp ca.pem" in text:
                raise AssertionError("the gateway's file knows no CA of the network")
            file = tmp_path / f"{name.replace(' ', '-')}.yaml"
            file.write_text(text, encoding="utf-8")
            variables = environment(text, GATEWAY_POSTGRES_URL=judge.postgres_url, OIDC_ISSUER=judge.issuer)
            async with slots:
                said = await judge.judge(claude, file, variables)
            return name, said.accepted, said.said

        told = await asyncio.gather(*map(verdict, WISHES))
    assert [(name, said) for name, accepted, said in told if not accepted] == []


def pair(folder: Path) -> Path:
    """A certificate with its key, as NAME.crt and NAME.key; NAME is returned."""
    from mcp_server.lab.certificates import Authority

    name = folder / "tls"
    if not name.with_suffix(".crt").exists():
        issued = Authority(folder).issue("claude.example.com")
        for suffix in (".crt", ".key"):
            name.with_suffix(suffix).write_bytes(issued.file.read_bytes())
    return name


@dataclass
class Running:
    answer: Answer
    url: str
    token: str
    emulators: dict[str, Emulator]


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The file for three providers; replaced are the providers' addresses, and Google's login by its token."""
    folder = tmp_path_factory.mktemp("company")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    vertex, key = VertexEmulator("laboratory"), secrets.token_hex(16)
    emulators: dict[str, Emulator] = {
        "anthropic": AnthropicEmulator(credential=key),
        "bedrock": BedrockEmulator("us-east-1"),
        "vertex": vertex,
    }
    bedrock = emulators["bedrock"]
    assert isinstance(bedrock, BedrockEmulator)
    one = made(
        gateway=GATEWAY,
        gateway_url=url,
        providers=["anthropic", "bedrock", "vertex"],
        vertex_project="laboratory",
        goal="budgets, group engineering",
        auth="token",
    )
    text = content(one, "claude-gateway.yaml")
    data: dict[str, Any] = yaml.safe_load(text)
    async with AsyncExitStack() as stack:
        for upstream in data["upstreams"]:
            base = stack.enter_context(running(emulators[upstream["provider"]]))
            upstream["base_url"] = f"{base}/v1" if upstream["provider"] == "vertex" else base
        data["upstreams"][2]["auth"] = {"access_token": vertex.identity.token()}
        provider = IdentityProvider()
        provider.redirect_uris.add(f"{url}/oauth/callback")
        issuer = stack.enter_context(running(provider))
        database = await stack.enter_async_context(postgres(folder))
        file = folder / "claude-gateway.yaml"
        file.write_text(yaml_text(data), encoding="utf-8")
        values = {
            **environment(
                text,
                ANTHROPIC_API_KEY=key,
                GATEWAY_POSTGRES_URL=database.url,
                GATEWAY_JWT_SECRET=secrets.token_hex(32),
                GATEWAY_ADMIN_KEY=secrets.token_hex(32),
                OIDC_ISSUER=issuer,
                OIDC_CLIENT_ID=provider.client_id,
                OIDC_CLIENT_SECRET=provider.client_secret,
            ),
            # The AWS credential chain of the gateway's host.
            **bedrock.environment,
        }
        up = await stack.enter_async_context(
            claude_gateway(claude_code(), file, port=port, environment=values, folder=folder)
        )
        yield Running(one, up.base_url, await sign_in(up.base_url), emulators)


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_real_client_reads_a_file_through_it(gateway: Running, tmp_path: Path, version: str) -> None:
    said, word = await reads_a_word(gateway.answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN=gateway.token)
    assert (said.is_error, word in said.text) == (False, True), said.text
    seen = gateway.emulators["anthropic"].requests[-1]
    assert gateway.token not in str(seen.headers)


async def test_signed_in_clients_get_the_policy_of_the_file(gateway: Running) -> None:
    headers = {"authorization": f"Bearer {gateway.token}"}
    reply = await request(Route(gateway.url), "GET", "/managed/settings", headers=headers)
    assert reply.status == 200
    assert b"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS" in reply.body


async def test_groups_and_a_closed_list_are_kept_by_the_gateway_itself(tmp_path: Path) -> None:
    """The sections that the words make, in the laboratory's company: who may ask for what, whatever the client says."""
    one = made(
        gateway=GATEWAY,
        gateway_url="https://claude.example.com",
        goal="group interns: haiku; group research: opus and haiku. Only these models, 15% discount",
    )
    data = yaml.safe_load(content(one, "claude-gateway.yaml"))
    sections = ("models", "auto_include_builtin_models", "managed", "pricing")
    async with company_gateway(tmp_path, changes={name: data[name] for name in sections}) as company:

        async def status(token: str, model: str) -> tuple[int, str]:
            body = {"model": model, "max_tokens": 16, "messages": [{"role": "user", "content": "PONG"}]}
            headers = {"authorization": f"Bearer {token}", "anthropic-version": "2023-06-01"}
            reply = await request(Route(company.base_url), "POST", "/v1/messages", headers=headers, json=body)
            return reply.status, reply.body.decode()

        company.provider.user = User("u-1", "ada@example.com", "Ada", ("interns",))
        intern = await company.sign_in()
        company.provider.user = User("u-2", "bob@example.com", "Bob", ("research",))
        researcher = await company.sign_in()
        assert (await status(intern, "claude-haiku-5-5"))[0] == 200
        assert (await status(researcher, "claude-opus-5-5"))[0] == 200
        refused, said = await status(intern, "claude-opus-5-5")
        assert (refused, "your role's availableModels" in said) == (400, True)
        refused, said = await status(researcher, "claude-sonnet-5-5")
        assert (refused, "allowlist" in said) == (400, True)
        headers = {"authorization": f"Bearer {researcher}"}
        listed = await request(Route(company.base_url), "GET", "/v1/models", headers=headers)
        assert {model["id"] for model in json.loads(listed.body)["data"]} == {"claude-haiku-5-5", "claude-opus-5-5"}


@pytest.mark.parametrize("provider", ["bedrock", "vertex"])
async def test_when_a_provider_is_overloaded_the_next_one_of_the_file_answers(
    gateway: Running, tmp_path: Path, provider: str
) -> None:
    order = ["anthropic", "bedrock", "vertex"]  # the faults outlast the test, which is therefore the last one
    for name in order[: order.index(provider)]:
        gateway.emulators[name].fault(None, 529 if name == "anthropic" else 503, times=20)
    before = len(gateway.emulators[provider].requests)
    said, word = await reads_a_word(gateway.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=gateway.token)
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert len(gateway.emulators[provider].requests) > before
