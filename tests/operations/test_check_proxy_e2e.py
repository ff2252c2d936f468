"""The cure of ``check_proxy``, applied verbatim, lets the real Claude Code reach its gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from loopback_network import Authority, ScriptedProxy, closed_port, serving
from real_claude import ANSWER, claude

from mcp_server.operations.check_proxy import run

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


class Gateway:
    """Counts model requests and ends them at once."""

    def __init__(self) -> None:
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests += head.startswith(b"POST")
        writer.write(ANSWER)
        await writer.drain()


async def broken_then_cured(
    version: str, folder: Path, gateway: Gateway, shell: dict[str, str], env: dict[str, str], **arguments: Any
) -> list[str]:
    """Ids found while broken. Asserts that the client fails before the cure and succeeds after it."""
    machine = await claude(version, folder, shell, {"env": env})
    assert gateway.requests == 0
    answer = await run(snapshot=machine)
    found = [f.id for f in answer.findings]
    if arguments:
        answer = await run(snapshot=machine, **arguments)
    cure = json.loads(answer.config[0].content)["env"]
    machine = await claude(version, folder, shell, {"env": {**env, **cure}})
    assert gateway.requests > 0
    assert (await run(snapshot=machine)).verdict != "errors"
    return found


@pytest.mark.parametrize("version", ["2.1.197", "2.1.330"])
@pytest.mark.parametrize("no_proxy", ["localhost", "127.*", ""])
async def test_a_local_gateway_behind_a_dead_proxy(version: str, no_proxy: str, tmp_path: Path) -> None:
    gateway = Gateway()
    async with serving(gateway) as port:
        shell = {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
            "HTTP_PROXY": f"http://127.0.0.1:{closed_port()}",
            "NO_PROXY": no_proxy,
        }
        found = await broken_then_cured(version, tmp_path, gateway, shell, {})
    assert found[0] == "no_proxy_not_matched"


@pytest.mark.parametrize("version", ["2.1.197", "2.1.330"])
async def test_a_private_ca_that_stands_in_the_wrong_variable(version: str, tmp_path: Path) -> None:
    authority, gateway = Authority(tmp_path / "ca"), Gateway()
    async with serving(gateway, authority.server(authority.issue("127.0.0.1"))) as port:
        shell = {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{port}"}
        found = await broken_then_cured(version, tmp_path, gateway, shell, {"SSL_CERT_FILE": str(authority.pem)})
    assert {"tls_ca_setting_ineffective", "tls_ca_not_trusted"} <= set(found)


@pytest.mark.parametrize("version", ["2.1.197", "2.1.330"])
async def test_an_inspecting_ca_behind_a_proxy_with_the_bundle_given(version: str, tmp_path: Path) -> None:
    authority, gateway, proxy = Authority(tmp_path / "ca", name="Netskope CA"), Gateway(), ScriptedProxy()
    tls = authority.server(authority.issue("gateway.test"))
    async with serving(gateway, tls) as target, serving(proxy) as port:
        proxy.hosts["gateway.test"] = target
        shell = {"ANTHROPIC_BASE_URL": "https://gateway.test", "HTTPS_PROXY": f"http://127.0.0.1:{port}"}
        found = await broken_then_cured(version, tmp_path, gateway, shell, {}, ca_bundle=str(authority.pem))
    assert found == ["tls_ca_not_trusted"]


async def test_a_proxy_value_that_ends_the_old_client_silently(tmp_path: Path) -> None:
    gateway = Gateway()
    async with serving(gateway) as target, serving(ScriptedProxy()) as port:
        shell = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{target}", "HTTPS_PROXY": f"127.0.0.1:{port}"}
        found = await broken_then_cured("2.1.197", tmp_path, gateway, shell, {})
    assert found == ["proxy_url_malformed"]
