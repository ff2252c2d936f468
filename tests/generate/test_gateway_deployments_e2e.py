"""The mounted files in the real programs: nginx and Envoy without root and behind TLS, two instances of claude gateway.

Only what lies elsewhere in a container is replaced: its folders, its ports, and the address of the provider.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from gateway_bench import content, made, reads_a_word, run_commands
from test_claude_apps_gateway_e2e import environment
from test_custom_gateway_e2e import PERSON, PROVIDER_KEY, nginx_program, provider_front, variable

from mcp_server.answer import Answer
from mcp_server.generate.document import yaml_text
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.identity_provider import IdentityProvider
from mcp_server.lab.serve import running
from mcp_server.net.http import request
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.run.claude_gateway import _approve, claude_gateway, sign_in
from mcp_server.run.postgres import postgres
from mcp_server.run.programs import claude_code, envoy, newest_claude_code
from mcp_server.run.server import server

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

NOBODY = 65534
KEYS = {"nginx": ("keys.conf", "provider-key.conf"), "envoy": ("keys", "provider-key")}


@dataclass
class Contained:
    """A proxy that runs as in its container."""

    answer: Answer
    url: str
    health: str
    key: str
    emulator: AnthropicEmulator
    health_test: list[str]
    """The health check of the Compose file."""


def without_root(folder: Path) -> list[str]:
    """What a command begins with to run as nobody, who gets ``folder`` and the way to it."""
    if os.geteuid() != 0:
        return []
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def key_files(answer: Answer, folder: Path) -> str:
    """The key files, as the first commands of the deployment make them; the key of the one person."""
    lines = content(answer, "start the gateway").splitlines()
    script = "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("export PROVIDER_KEY_FILE"))])
    run_commands(script, folder, {"PEOPLE": "ada", variable(answer): PROVIDER_KEY})
    one = folder / "secrets/ada.key"
    return (one.read_text() if one.exists() else (folder / "secrets/keys").read_text().split()[1]).strip()


@asynccontextmanager
async def contained(program: str, folder: Path) -> AsyncIterator[Contained]:
    emulator = AnthropicEmulator(credential=PROVIDER_KEY)
    port, health = free_port(), free_port()
    inside = folder / "inside"
    inside.mkdir()
    async with provider_front(folder, emulator, "api.anthropic.com") as (front, authority):
        answer = made(
            gateway="custom",
            goal=program,
            gateway_url=f"https://localhost:{port}",
            deployment="docker",
            ca_bundle=str(authority.file),
        )
        (service,) = yaml.safe_load(content(answer, "compose.yaml"))["services"].values()
        assert service["command"][0] == program
        key = key_files(answer, inside)
        issued = authority.issue("localhost").file.read_bytes()
        for name in ("tls.crt", "tls.key"):
            (inside / "secrets" / name).write_bytes(issued)
        (inside / "ca-bundle.pem").write_bytes(authority.file.read_bytes())
        moved = {
            "/run/secrets": str(inside / "secrets"),
            "/etc/llm-gateway": str(inside),
            "/tmp/": f"{inside}/",
            # A container's runtime gives its output to its user; here it belongs to the one who tests.
            "/dev/stdout claude": f"{inside}/access.log claude",
            "8443": str(port),
            "8081": str(health),
            "server api.anthropic.com:443;": f"server 127.0.0.1:{front};",
            "address: api.anthropic.com\n                      port_value: 443": (
                f"address: 127.0.0.1\n                      port_value: {front}"
            ),
        }

        places = re.compile("|".join(map(re.escape, moved)))

        def here(text: str) -> str:
            return places.sub(lambda found: moved[found[0]], text)

        for config in service["configs"]:
            name = Path(config["target"]).name
            if name != "ca-bundle.pem":
                (inside / name).write_text(here(content(answer, name)), encoding="utf-8")
        executable = nginx_program() if program == "nginx" else str(envoy())
        command = [*without_root(inside), executable, *map(here, service["command"][1:])]
        async with server(
            program, command, port=health, ready="/healthz", environment={}, log=folder / "program.log",
            reason=lambda text: text[-600:], seconds=20,
        ):  # fmt: skip
            test = [here(part.replace("$$", "$")) for part in service["healthcheck"]["test"][1:]]
            yield Contained(answer, f"https://localhost:{port}", f"http://127.0.0.1:{health}", key, emulator, test)


@pytest.mark.parametrize("program", KEYS)
async def test_a_proxy_runs_without_root_ends_tls_and_serves_the_real_client(program: str, tmp_path: Path) -> None:
    async with contained(program, tmp_path) as up:
        version = newest_claude_code()
        said, word = await reads_a_word(up.answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN=up.key)
        assert (said.is_error, word in said.text) == (False, True), said.text
        assert up.emulator.requests[-1].headers["x-api-key"] == PROVIDER_KEY
        elsewhere = await request(Route(up.health), "GET", "/v1/models", headers={"authorization": f"Bearer {up.key}"})
        assert elsewhere.status == 404, "the port of the probes serves nothing else"
        before = len(up.emulator.requests)
        said, _ = await reads_a_word(up.answer, tmp_path, version, ANTHROPIC_AUTH_TOKEN="made-up")
        assert (said.is_error, len(up.emulator.requests)) == (True, before)


async def test_the_health_check_of_envoys_container_tells_a_running_envoy_from_none(tmp_path: Path) -> None:
    async with contained("envoy", tmp_path) as up:
        assert (await ended(up.health_test))[0] == 0
        elsewhere = [part.replace("/healthz", "/nothing") for part in up.health_test]
        assert (await ended(elsewhere))[0] != 0
    assert (await ended(up.health_test))[0] != 0


async def ended(command: list[str]) -> tuple[int, str]:
    """How a program ended that got no input, and what it said."""
    done = await anyio.run_process(command, check=False, stderr=subprocess.STDOUT, input=b"")
    return done.returncode, done.stdout.decode(errors="replace")


async def test_two_instances_of_claude_gateway_share_sign_in_and_policy(tmp_path: Path) -> None:
    one = made(
        gateway="claude-apps-gateway",
        gateway_url="https://claude.example.com",
        goal="two instances, budgets",
        deployment="systemd",
    )
    text = content(one, "claude-gateway.yaml")
    key = secrets.token_hex(16)
    emulator = AnthropicEmulator(credential=key)
    async with AsyncExitStack() as stack:
        base = stack.enter_context(running(emulator))
        provider = IdentityProvider()
        issuer = stack.enter_context(running(provider))
        database = await stack.enter_async_context(postgres(tmp_path))
        values = environment(
            text,
            ANTHROPIC_API_KEY=key,
            GATEWAY_POSTGRES_URL=database.url,
            GATEWAY_JWT_SECRET=secrets.token_hex(32),
            GATEWAY_ADMIN_KEY=secrets.token_hex(32),
            OIDC_ISSUER=issuer,
            OIDC_CLIENT_ID=provider.client_id,
            OIDC_CLIENT_SECRET=provider.client_secret,
        )
        urls = []
        first = free_port()
        for port in (first, free_port()):
            folder = tmp_path / str(port)
            folder.mkdir()
            # Only the address of the provider, and the one that people see, are this test's.
            data: dict[str, Any] = yaml.safe_load(text)
            data["upstreams"][0]["base_url"] = base
            data["listen"]["public_url"] = f"http://127.0.0.1:{first}"
            file = folder / "claude-gateway.yaml"
            file.write_text(yaml_text(data), encoding="utf-8")
            provider.redirect_uris.add(f"http://127.0.0.1:{first}/oauth/callback")
            up = await stack.enter_async_context(
                claude_gateway(claude_code(), file, port=port, environment={**values, "PORT": str(port)}, folder=folder)
            )
            urls.append(up.base_url)
        token = await sign_in(urls[0])
        for url in urls:
            headers = {name: value.format(key=token) for name, value in PERSON.items()}
            listed = await request(Route(url), "GET", "/v1/models", headers=headers)
            policy = await request(Route(url), "GET", "/managed/settings", headers=headers)
            assert (listed.status, policy.status) == (200, 200), url
        # Begun at the second, confirmed at the first, fetched at the second.
        form = {"surface": "claude_code"}
        begun = await request(Route(urls[1]), "POST", "/oauth/device_authorization", headers={}, form=form)
        codes = json.loads(begun.body)
        await _approve(urls[0], codes["user_code"])
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": codes["device_code"]}
        fetched = await request(Route(urls[1]), "POST", "/oauth/token", headers={}, form=form)
        assert (fetched.status, "access_token" in json.loads(fetched.body)) == (200, True)
