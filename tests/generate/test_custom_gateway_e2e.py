"""The generated nginx and Envoy in the real programs, the real Claude Code before them, an emulator behind them.

Only what lies elsewhere on a real host is replaced: the folder of the keys, the log, and the address of the provider,
which is a TLS front end of this test with a certificate for the provider's name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from gateway_bench import content, machine, made, reads_a_word, run_commands, settings, written
from test_custom_gateway import WISHES
from test_custom_gateway import answer as wished

from mcp_server.answer import Answer
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.custom import envoy as envoy_file
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.certificates import Authority
from mcp_server.lab.emulator import Emulator
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.http import request
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.operations import compatibility
from mcp_server.operations import test_model as operation
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import envoy, litellm_python, newest_claude_code, versions
from mcp_server.run.server import server

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

PROVIDER_KEY = "the-key-of-the-provider"
PERSON = {"authorization": "Bearer {key}", "anthropic-version": "2023-06-01"}


@dataclass
class Running:
    """A running gateway, its answer, one person's key, and what is behind it."""

    url: str
    answer: Answer
    key: str
    emulator: Emulator


def nginx_program() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, "nginx is missing: maintenance/system_packages.sh installs it"
    return found


def nginx_main(folder: Path, port_file: str, *servers: str) -> Path:
    """The main file of an nginx of its own around ``conf.d`` files."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    main = folder / port_file
    main.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {main}.pid;\nerror_log {main}.log;\nevents {{ }}\n"
        f"http {{\n  access_log off;\n{temporary}" + "\n".join(servers) + "\n}\n",
        encoding="utf-8",
    )
    return main


@asynccontextmanager
async def run_nginx(main: Path, port: int, ready: str = "/healthz") -> AsyncIterator[str]:
    command = [nginx_program(), "-e", f"{main}.log", "-c", str(main)]
    async with server(
        "nginx", command, port=port, ready=ready, environment={}, log=main.with_suffix(".out"), reason=str, seconds=10
    ) as up:
        yield up.base_url


@asynccontextmanager
async def provider_front(folder: Path, emulator: Emulator, name: str) -> AsyncIterator[tuple[int, Authority]]:
    """``emulator`` behind TLS as ``name``: the port, and the authority to trust."""
    authority = Authority(folder)
    issued = authority.issue(name)
    port, plain = free_port(), free_port()
    with running(emulator) as url:
        front = (
            f"server {{ listen 127.0.0.1:{port} ssl; listen 127.0.0.1:{plain}; client_max_body_size 40m;\n"
            f"ssl_certificate {issued.file}; ssl_certificate_key {issued.file};\n"
            f"location = /healthz {{ return 200; }}\n"
            f"location / {{ proxy_pass {url}; proxy_buffering off; proxy_http_version 1.1;"
            f" proxy_set_header Connection ''; proxy_set_header Host $host; }} }}"
        )
        async with run_nginx(nginx_main(folder, "front.conf", front), plain):
            yield port, authority


@asynccontextmanager
async def nginx_gateway(
    folder: Path,
    emulator: Emulator,
    host: str,
    key: str,
    certificate: str = "",
    scheme: str = "http",
    **arguments: str,
) -> AsyncIterator[Running]:
    async with provider_front(folder, emulator, certificate or host) as (front, authority):
        wish = {"goal": "nginx", "ca_bundle": str(authority.file), **arguments}
        answer = made(gateway="custom", gateway_url=f"{scheme}://localhost:{free_port()}", **wish)
        if scheme == "https":
            keys = folder / "claude"
            keys.mkdir()
            issued = authority.issue("localhost").file.read_bytes()
            for name in ("tls.crt", "tls.key"):
                (keys / name).write_bytes(issued)
        async with nginx_running(folder, answer, f"{host}:443", front, key) as person:
            yield Running(base_url(answer), answer, person, emulator)


@asynccontextmanager
async def nginx_running(folder: Path, answer: Answer, provider: str, port: int, key: str) -> AsyncIterator[str]:
    """The generated nginx with its provider at a loopback ``port``; yields the key of a person."""
    keys, plain = folder / "claude", free_port()
    text = content(answer, "claude-gateway.conf")
    for there, here in {
        "/etc/nginx/claude": str(keys),
        f"server {provider};": f"server 127.0.0.1:{port};",
        "/var/log/nginx/claude-gateway.log": str(folder / "access.log"),
    }.items():
        assert there in text
        text = text.replace(there, here)
    (folder / "claude-gateway.conf").write_text(text, encoding="utf-8")
    script = content(answer, "start the gateway").replace("/etc/nginx/claude", str(keys))
    run_commands(script, folder, {"PEOPLE": "ada", variable(answer): key}, nginx="", gcloud=key)
    ready = f"  server {{ listen 127.0.0.1:{plain}; location = /healthz {{ return 200; }} }}"
    main = nginx_main(folder, "gateway.conf", f"  include {folder}/claude-gateway.conf;", ready)
    said = accepted(nginx_program(), "-t", "-c", str(main))
    assert "warn" not in said, said
    async with run_nginx(main, plain):
        yield (keys / "ada.key").read_text().strip()


def base_url(answer: Answer) -> str:
    """The address of the gateway, whatever mode the client uses it in."""
    env = settings(answer)["env"]
    urls = [env.get(name) for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_BEDROCK_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL")]
    return str(next(url for url in urls if url)).removesuffix("/v1")


@asynccontextmanager
async def envoy_gateway(
    folder: Path, emulator: Emulator, host: str, key: str, certificate: str = "", **arguments: str
) -> AsyncIterator[Running]:
    async with provider_front(folder, emulator, certificate or host) as (front, authority):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        wish = {"gateway": "custom", "goal": "envoy", "ca_bundle": str(authority.file), **arguments}
        answer = made(**wish, gateway_url=url)
        keys = folder / "claude"
        text = content(answer, envoy_file.CONFIG_FILE)
        text = text.replace("/etc/envoy/claude", str(keys))
        there = f"address: {host}\n                      port_value: 443"
        assert there in text
        text = text.replace(there, f"address: 127.0.0.1\n                      port_value: {front}")
        (folder / envoy_file.CONFIG_FILE).write_text(text, encoding="utf-8")
        keys.mkdir()
        (keys / "keys.lua").write_text(content(answer, "keys.lua").replace("/etc/envoy/claude", str(keys)), "utf-8")
        script = content(answer, "start the gateway").replace("/etc/envoy/claude", str(keys))
        run_commands(script, folder, {variable(answer): key}, envoy="", gcloud=key)
        person = (keys / "keys").read_text().split()[1]
        program, file = str(envoy()), str(folder / envoy_file.CONFIG_FILE)
        accepted(program, "--mode", "validate", "-c", file)
        command = [program, "-c", file, "--use-dynamic-base-id", "--concurrency", "1"]
        async with server(
            "Envoy", command, port=port, ready="/healthz", environment={}, log=folder / "envoy.log",
            reason=lambda text: text[-400:], seconds=20,
        ):  # fmt: skip
            yield Running(url, answer, person, emulator)


def accepted(*command: str) -> str:
    """What a program says that checks its file and is content."""
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return checked.stderr


def variable(answer: Answer) -> str:
    """The administrator's variable for the provider's key."""
    script = content(answer, "start the gateway")
    names = ("ANTHROPIC_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "LITELLM_API_KEY", "VERTEX_ACCESS_TOKEN")
    return next(name for name in names if name in script)


GATEWAYS = {"nginx": nginx_gateway, "envoy": envoy_gateway}


@pytest.fixture(scope="module", params=GATEWAYS)
async def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    async with GATEWAYS[request.param](folder, emulator, "api.anthropic.com", PROVIDER_KEY) as up:
        yield up


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_real_client_reads_a_file_through_it(gateway: Running, tmp_path: Path, version: str) -> None:
    said, word = await reads_a_word(gateway.answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN=gateway.key)
    assert (said.is_error, word in said.text) == (False, True), said.text
    seen = gateway.emulator.requests[-1]
    assert seen.headers["x-api-key"] == PROVIDER_KEY
    assert "authorization" not in seen.headers
    assert gateway.key not in str(seen.headers)
    assert seen.query == "beta=true"


async def test_it_keeps_the_whole_protocol(gateway: Running) -> None:
    shell = {"ANTHROPIC_AUTH_TOKEN": gateway.key}
    answer = await operation.run(snapshot=machine(gateway.answer, **shell))
    assert (answer.verdict, [f for f in answer.findings if f.severity != "info"]) == ("ok", [])
    matrix = await compatibility.run(snapshot=machine(gateway.answer, **shell))
    (column,) = matrix.columns
    missed = [cell for cell in column.cells if cell.requirement == "must" and cell.outcome not in ("pass", "warn")]
    assert [cell for cell in missed if cell.outcome != "skip"] == []
    passed, asked = column.score("must")
    assert passed == asked > 25


async def test_an_unknown_key_is_refused_in_words_that_the_client_shows(gateway: Running, tmp_path: Path) -> None:
    before = len(gateway.emulator.requests)
    said, _ = await reads_a_word(gateway.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN="made-up")
    assert said.is_error
    assert "the gateway does not know this key" in said.text
    for headers in ({}, {"authorization": gateway.key}, {"x-api-key": PROVIDER_KEY}):
        reply = await request(Route(gateway.url), "POST", "/v1/messages", headers=headers, json={})
        assert (reply.status, reply.headers["content-type"]) == (401, "application/json")
    assert len(gateway.emulator.requests) == before


async def test_other_paths_are_not_passed_on_and_a_long_conversation_is(gateway: Running) -> None:
    headers = {name: value.format(key=gateway.key) for name, value in PERSON.items()}
    before = len(gateway.emulator.requests)
    wrong = await request(Route(gateway.url), "POST", "/v1/v1/messages", headers=headers, json={})
    assert (wrong.status, b"not_found_error" in wrong.body) == (404, True)
    assert len(gateway.emulator.requests) == before
    long = {"role": "user", "content": "Answer with exactly: PONG\n" + "x" * 4_000_000}
    body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [long]}
    reply = await request(Route(gateway.url), "POST", "/v1/messages?beta=true", headers=headers, json=body)
    assert b"PONG" in reply.body or b"prompt is too long" in reply.body
    assert len(gateway.emulator.requests) == before + 1


@pytest.mark.parametrize("program", GATEWAYS)
async def test_claude_code_in_its_bedrock_mode_works_through_it(program: str, tmp_path: Path) -> None:
    emulator = BedrockEmulator("eu-west-1")
    host = "bedrock-runtime.eu-west-1.amazonaws.com"
    wish = {"aws_region": "eu-west-1"}
    async with GATEWAYS[program](tmp_path, emulator, host, emulator.api_key, **wish) as up:
        said, word = await reads_a_word(up.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=up.key)
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert {r.headers["authorization"] for r in emulator.requests} == {f"Bearer {emulator.api_key}"}
    assert any("%3A" in r.raw_path or "anthropic." in r.raw_path for r in emulator.requests)


@pytest.mark.parametrize("program", GATEWAYS)
async def test_claude_code_in_its_vertex_mode_works_through_it(program: str, tmp_path: Path) -> None:
    emulator = VertexEmulator("laboratory")
    wish = {"vertex_project": "laboratory"}
    token = emulator.identity.token()
    async with GATEWAYS[program](tmp_path, emulator, "aiplatform.googleapis.com", token, **wish) as up:
        said, word = await reads_a_word(up.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=up.key)
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert {r.headers["authorization"] for r in emulator.requests} == {f"Bearer {token}"}


async def test_nginx_stands_before_the_real_litellm(tmp_path: Path) -> None:
    emulator, key = AnthropicEmulator(credential=PROVIDER_KEY), "sk-of-litellm"
    with running(emulator) as provider:
        model = {"model": "anthropic/claude-opus-5-5", "api_base": provider, "api_key": PROVIDER_KEY}
        listed = [{"model_name": "claude-opus-5-5", "litellm_params": model}]
        file = tmp_path / "litellm.yaml"
        file.write_text(yaml_text({"model_list": listed, "general_settings": {"master_key": key}}), encoding="utf-8")
        answer = made(
            gateway="custom",
            goal="nginx before LiteLLM",
            gateway_url=f"http://127.0.0.1:{free_port()}",
            models=["claude-opus-5-5"],
        )
        log = tmp_path / "litellm.log"
        async with litellm_gateway(litellm_python(), file, environment={}, log=log, inherit=False) as litellm:
            port = int(litellm.base_url.rpartition(":")[2])
            async with nginx_running(tmp_path, answer, "127.0.0.1:4000", port, key) as person:
                version = newest_claude_code()
                said, word = await reads_a_word(answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN=person)
    assert (said.is_error, word in said.text) == (False, True), said.text
    assert person not in str([r.headers for r in emulator.requests])


async def test_nginx_ends_tls_itself(tmp_path: Path) -> None:
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    async with nginx_gateway(tmp_path, emulator, "api.anthropic.com", PROVIDER_KEY, scheme="https") as up:
        said, word = await reads_a_word(up.answer, tmp_path, newest_claude_code(), ANTHROPIC_AUTH_TOKEN=up.key)
    assert (said.is_error, word in said.text) == (False, True), said.text


@pytest.mark.parametrize("name", [name for name in WISHES if name != "unknown"])
def test_the_program_accepts_the_file_of_every_wish(name: str, tmp_path: Path) -> None:
    one = wished(name)
    pair = Authority(tmp_path).issue("claude.example.com").file
    for file in ("tls.crt", "tls.key"):
        (tmp_path / file).write_bytes(pair.read_bytes())
    (tmp_path / "keys.conf").write_text("'Bearer 0123456789abcdef0123456789abcdef' ada;\n", encoding="utf-8")
    (tmp_path / "provider-key.conf").touch()
    if "nginx" in name:
        text = content(one, "claude-gateway.conf").replace("/etc/nginx/claude", str(tmp_path))
        # Names are looked up while it checks, and the CA and the log are opened.
        text = re.sub(r"server [\w.-]+:(443|4000);", r"server 127.0.0.1:\1;", text)
        text = text.replace("/var/log/nginx/claude-gateway.log", str(tmp_path / "log"))
        text = re.sub("'/etc/ssl/corp ca.pem'|/etc/ssl/certs/ca-certificates.crt", str(pair), text)
        (tmp_path / "one.conf").write_text(text, encoding="utf-8")
        main = nginx_main(tmp_path, "main.conf", f"  include {tmp_path}/one.conf;")
        assert "warn" not in accepted(nginx_program(), "-t", "-c", str(main))
    else:
        for path in written(one, tmp_path):
            if path.suffix in (".yaml", ".lua"):
                text = path.read_text(encoding="utf-8").replace("/etc/envoy/claude", str(tmp_path))
                text = text.replace("/etc/ssl/certs/ca-certificates.crt", str(pair))
                (tmp_path / path.name).write_text(text, encoding="utf-8")
        (tmp_path / "provider-key.yaml").write_text("resources: []\n", encoding="utf-8")
        accepted(str(envoy()), "--mode", "validate", "-c", str(tmp_path / envoy_file.CONFIG_FILE))


async def test_envoy_takes_a_new_provider_key_and_drops_a_person_while_it_runs(tmp_path: Path) -> None:
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    async with envoy_gateway(tmp_path, emulator, "api.anthropic.com", "the-old-key-of-the-provider") as up:
        headers = {name: value.format(key=up.key) for name, value in PERSON.items()}

        async def status() -> int:
            return (await request(Route(up.url), "GET", "/v1/models", headers=headers)).status

        assert await status() == 401
        # The commands again, as a timer runs them for Google's hourly tokens.
        script = content(up.answer, "start the gateway").replace("/etc/envoy/claude", str(tmp_path / "claude"))
        run_commands(script, tmp_path, {"ANTHROPIC_API_KEY": PROVIDER_KEY}, envoy="")
        for _ in range(50):
            if await status() == 200:
                break
            await anyio.sleep(0.1)
        assert await status() == 200
        (tmp_path / "claude/keys").write_text("", encoding="utf-8")
        before = len(emulator.requests)
        assert (await status(), len(emulator.requests)) == (401, before)


@pytest.mark.parametrize("program", GATEWAYS)
async def test_a_provider_with_a_certificate_of_somebody_else_gets_no_key(program: str, tmp_path: Path) -> None:
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    gateway = GATEWAYS[program](tmp_path, emulator, "api.anthropic.com", PROVIDER_KEY, certificate="api.example.com")
    async with gateway as up:
        headers = {name: value.format(key=up.key) for name, value in PERSON.items()}
        reply = await request(Route(up.url), "POST", "/v1/messages", headers=headers, json={})
    assert reply.status in (502, 503)
    assert PROVIDER_KEY.encode() not in reply.body
    assert emulator.requests == []
