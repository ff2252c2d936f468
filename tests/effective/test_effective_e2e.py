"""The real Claude Code is the judge of what ``effective`` predicts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from loopback_network import ScriptedProxy, serving
from real_claude import ANSWER, claude

from mcp_server.effective import client_target, proxy_decision

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

VERSIONS = ("2.1.197", "2.1.330")
MEASURED = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "proxy_measured.jsonl").read_text(encoding="utf-8").splitlines()
]


def with_port(values: Mapping[str, str], port: int) -> dict[str, str]:
    return {name: value.replace("7777", str(port)) for name, value in values.items()}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "case", [c for c in MEASURED if c.get("e2e")], ids=lambda c: json.dumps([c["url"], c["shell"], c.get("settings")])
)
async def test_the_predicted_proxy_is_the_one_the_real_client_uses(
    case: dict[str, Any], version: str, tmp_path: Path
) -> None:
    proxy = ScriptedProxy(ANSWER)
    async with serving(proxy) as port:
        shell = {**with_port(case["shell"], port), "ANTHROPIC_BASE_URL": case["url"]}
        env = with_port(case.get("settings", {}), port)
        machine = await claude(version, tmp_path, shell, {"env": env})
    host = case["url"].split("//")[1]
    used = any(host in line for line in proxy.first_lines)
    predicted = proxy_decision(machine, case["url"])
    assert (f":{port}" in (predicted.proxy or "")) == used, predicted.because
    assert used == case[version]


ROWS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"ANTHROPIC_API_KEY": "sk-key"}, {}),
    ({"ANTHROPIC_MODEL": "sonnet[1m]", "ANTHROPIC_CUSTOM_HEADERS": "x-api-key: c\nAuthorization: Basic x"}, {}),
    # Token and helper together are no row: the client does not wait for the helper then, so its header may miss.
    (
        {"ANTHROPIC_AUTH_TOKEN": "", "ANTHROPIC_DEFAULT_OPUS_MODEL": "gw-opus"},
        {"apiKeyHelper": "echo sk-from-helper"},
    ),
    ({"ANTHROPIC_AUTH_TOKEN": "", "ANTHROPIC_API_KEY": "sk-key"}, {"apiKeyHelper": "echo sk-from-helper"}),
    ({"ANTHROPIC_AUTH_TOKEN": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test"}, {"model": "haiku"}),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("shell", "settings"), ROWS)
async def test_the_predicted_headers_and_model_are_those_of_the_real_request(
    shell: dict[str, str], settings: dict[str, Any], version: str, tmp_path: Path
) -> None:
    requests: list[tuple[dict[str, str], dict[str, Any]]] = []

    async def gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        headers = {name.lower(): value for name, value in fields.items()}
        if head.startswith("POST"):
            body = await reader.readexactly(int(headers["content-length"]))
            requests.append((headers, json.loads(body)))
        writer.write(ANSWER)
        await writer.drain()

    async with serving(gateway) as port:
        machine = await claude(version, tmp_path, {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", **shell}, settings)
    target = client_target(machine)
    headers, body = requests[0]
    sent = {name: headers[name] for name in ("authorization", "x-api-key") if name in headers}
    predicted = target.request_headers(helper_value="sk-from-helper")
    assert {name.lower(): value for name, value in predicted.items()} == sent
    assert target.models["default"].model == body["model"]
